"""One whole service for all of a file's tests; when they are through, its books have to balance."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from wardwise.assemble.stores import READ_ONLY, open_stores, prepare
from wardwise.govern.data.balance import Balance, balance_of
from wardwise.run.settings import Settings
from wardwise.run.supervisor import Supervisor

MOST_SECONDS = 30.0


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, demo_site: Path) -> Iterator[Supervisor]:
    """On ports of the system's choosing. In the end nothing is pending and every raw has been dealt with."""
    data = tmp_path_factory.mktemp("service") / "data"
    prepare(data, seed=1)
    with Supervisor(Settings(site=demo_site, data=data)) as running:
        yield running
        books = settled(data)
    assert books.holds
    assert books.received > books.pending == 0
    assert running.restarts == {"worker": 0, "mllp": 0, "http": 0}
    with open_stores(data, READ_ONLY) as stores:
        raws = stores.inbox.pending("demo", after=0, limit=100_000)
        assert all(stores.log.disposition("demo", raw.id) is not None for raw in raws)


def settled(data: Path) -> Balance:
    """The books once nothing is pending, or those of the last look."""
    end = time.monotonic() + MOST_SECONDS
    while True:
        with open_stores(data, READ_ONLY) as stores:
            books = balance_of(stores.inbox, stores.log, "demo")
        if not books.pending or time.monotonic() > end:
            return books
        time.sleep(0.1)
