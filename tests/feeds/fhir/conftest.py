"""Readers of both feeds of a site."""

from collections.abc import Callable

import pytest
from tests.feeds.fhir.two_feeds import KEY, only, two_feeds

from wardwise.feeds.readers import readers
from wardwise.feeds.reading import Reader
from wardwise.loop.capture.log import Log
from wardwise.sites.load import SiteFolder
from wardwise.stores.memory.log import MemoryLog

Made = Callable[..., dict[str, Reader]]


@pytest.fixture(scope="session")
def made(demo: SiteFolder, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The reader of a feed (`fhir` if none is named) on a log, an empty one if none is given."""
    site = two_feeds(demo, tmp_path_factory.mktemp("mappings"))
    one = {name: only(site, name) for name in ("v2", "fhir")}

    def make(log: Log | None = None, feed: str = "fhir") -> dict[str, Reader]:
        return readers(one[feed], token_key=KEY, log=MemoryLog() if log is None else log)

    return make
