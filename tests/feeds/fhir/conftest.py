"""A site that hears of its stays by HL7 v2 and by FHIR, with mappings a site would write."""

from collections.abc import Callable
from pathlib import Path

import pytest

from wardwise.feeds.readers import readers
from wardwise.feeds.reading import Reader
from wardwise.loop.capture.log import Log
from wardwise.sites.feed import Feed, FeedKind, Freshness, Sender
from wardwise.sites.load import SiteFolder
from wardwise.sites.mapping import read_mapping
from wardwise.stores.memory.log import MemoryLog

KEY = b"k" * 32
UNITS = "codes:\n  units: {ED: ed, 4A: 4a, 4B: 4b, 5A: 5a, ICU: icu}\n"
HL7 = f"format: hl7v2\nversion: 1\nextends: standard/all.yaml\n{UNITS}"
FHIR = f'format: fhir\nversion: 1\nextends: standard/fhir.yaml\n{UNITS}  authorities: {{"urn:oid:1.2.3": HOSP}}\n'


@pytest.fixture(scope="session")
def both(demo: SiteFolder, tmp_path_factory: pytest.TempPathFactory) -> SiteFolder:
    folder = tmp_path_factory.mktemp("mappings")
    mappings = {
        name: read_mapping(_written(folder / f"{name}.yaml", text)) for name, text in (("v2", HL7), ("fhir", FHIR))
    }
    sender = Sender(application="EHR")
    common = {"freshness": Freshness.STREAM, "owner": "o", "steward": "s"}
    feeds = (
        Feed(name="v2", kind=FeedKind.HL7V2, sender=sender, mapping="mappings/v2.yaml", **common),
        Feed(name="fhir", kind=FeedKind.FHIR, mapping="mappings/fhir.yaml", **common),
    )
    return SiteFolder(demo.site.model_copy(update={"feeds": feeds}), mappings, {}, {})


@pytest.fixture(scope="session")
def made(both: SiteFolder) -> Callable[..., dict[str, Reader]]:
    """Readers of both feeds that read a log, an empty one if none is given."""
    return lambda log=None: readers(both, token_key=KEY, log=_log(log))


def _log(log: Log | None) -> Log:
    return log if log is not None else MemoryLog()


def _written(file: Path, text: str) -> Path:
    file.write_text(text)
    return file
