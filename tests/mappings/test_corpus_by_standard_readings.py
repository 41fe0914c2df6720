"""548 collected messages by the standard readings and a mapping file of a few lines: no code is written for any."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wardwise.feeds.hl7v2.reader import Hl7Reader
from wardwise.feeds.intake import read_one
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.sites.load import SiteFolder, load_site
from wardwise.sites.mapping import read_mapping
from wardwise.stores.memory.log import MemoryLog

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 1, tzinfo=UTC)
STRANGE = {b"AAA^A01", b"ERP^Z99", b"ZDT^A01", b"ZZZ^ZZZ", b"9", b"CUSTOM^PAT", b""}  # types that no standard has

SETTLED = {  # what may come of a message: read, passed over with a reason, or set aside with one
    "events", "ignored", "not-hl7", "nothing-mapped", "no-encounter", "no-time", "no-rule", "bad-time", "bad-value",
    "impossible-time",
}  # fmt: skip


@pytest.fixture(scope="module")
def reader() -> Hl7Reader:
    demo = load_site(ROOT / "sites" / "demo")
    mapping = read_mapping(Path(__file__).parent / "corpus.yaml")
    folder = SiteFolder(demo.site, {**demo.mappings, "adt": mapping}, {}, {})
    feed = folder.site.feed("adt")
    assert feed is not None
    return Hl7Reader(folder, feed, token_key=b"k" * 32, log=MemoryLog())


def outcome(reader: Hl7Reader, body: bytes, number: int) -> str:
    arrival = Arrival(site="demo", source="adt", listener="x", control_id=str(number), body=body, received_at=NOW)
    raw = Raw(id=f"w{number}", sequence=number, arrival=arrival, receipt=Receipt.STORED)
    reading = read_one(raw, {"adt": reader})
    if reading.quarantine is not None:
        assert reading.quarantine.why
        assert reading.quarantine.remedy
        return reading.quarantine.code
    assert reading.drafts or reading.ignored
    return "events" if reading.drafts else "ignored"


def kind(body: bytes) -> bytes:
    fields = body.lstrip(b"\r\n").split(b"\r")[0].split(b"\n")[0].split(body[3:4] or b"|")
    return b"^".join(fields[8].split(b"^")[:2]) if len(fields) > 8 else b""


@pytest.fixture(scope="module")
def told(reader: Hl7Reader, shared_data: Path) -> list[tuple[bytes, str]]:
    files = sorted((shared_data / "hl7v2").rglob("*.hl7"))
    return [(kind(body), outcome(reader, body, n)) for n, body in enumerate((f.read_bytes() for f in files), 1)]


def test_every_known_type_is_read_or_passed_over_with_a_reason(told: list[tuple[bytes, str]]) -> None:
    found = Counter(said for _, said in told)
    assert len(told) == 548
    assert set(found) <= SETTLED
    without = Counter(name for name, said in told if said == "no-rule")
    assert without.pop(b"ORU^R01", 0) <= 1  # it declares another mark between components than it writes
    assert set(without) <= STRANGE
    assert found["no-rule"] <= 11, found
    assert found["events"] >= 170, found


ADT = (1, 2, 3, 4, 5, 6, 7, 8, 14, 15, 16, 17, 18, 34, 40, 41, 45, 47)
OTHER = ("BAR^P01", "MDM^T02", "OML^O21", "OMP^O09", "ORM^O01", "ORU^R01", *(f"SIU^S{n}" for n in (12, 13, 14, 15, 26)))
TYPES = {*(f"ADT^A{n:02d}".encode() for n in ADT), *(name.encode() for name in OTHER)}


def test_of_each_type_that_means_something_at_least_one_gives_events(told: list[tuple[bytes, str]]) -> None:
    assert {name for name in TYPES if (name, "events") not in told} == set()
