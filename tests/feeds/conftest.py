"""Raws, readers of the demo site, and mappings laid beside its own."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wardwise.feeds.readers import readers
from wardwise.feeds.reading import Reader, Reading
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.loop.capture.log import Log
from wardwise.sites.load import SiteFolder, load_site
from wardwise.sites.mapping import read_mapping
from wardwise.stores.memory.log import MemoryLog

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SITES = Path(__file__).parents[2] / "sites"
KEY = b"k" * 32


@pytest.fixture(scope="session")
def demo() -> SiteFolder:
    return load_site(SITES / "demo")


@pytest.fixture
def raw() -> Callable[..., Raw]:
    def make(body: bytes | str, *, number: int = 1, source: str = "adt", at: datetime = NOW) -> Raw:
        content = body.encode() if isinstance(body, str) else body
        arrival = Arrival(
            site="demo", source=source, listener="x", control_id=str(number), body=content, received_at=at
        )
        return Raw(id=f"w{number}", sequence=number, arrival=arrival, receipt=Receipt.STORED)

    return make


@pytest.fixture
def reader_of(demo: SiteFolder, tmp_path: Path) -> Callable[..., Reader]:
    """A reader of the demo site; `mapping` replaces the feed's own, or extends it when it says so."""

    def make(feed: str, mapping: str = "", log: Log | None = None) -> Reader:
        folder = demo
        if mapping:
            for file in (SITES / "demo" / "mappings").glob("*.yaml"):
                (tmp_path / file.name).write_text(file.read_text())
            other = tmp_path / "other.yaml"
            other.write_text(mapping)
            mappings = {**demo.mappings, feed: read_mapping(other)}
            folder = SiteFolder(demo.site, mappings, demo.contracts, demo.overlays, demo.calendar)
        return readers(folder, token_key=KEY, log=log if log is not None else MemoryLog())[feed]

    return make


@pytest.fixture
def read(reader_of: Callable[..., Reader], raw: Callable[..., Raw]) -> Callable[..., Reading]:
    def once(feed: str, body: bytes | str, mapping: str = "") -> Reading:
        return reader_of(feed, mapping).read(raw(body, source=feed), NOW)

    return once
