"""`contract compare`: days told live and by batch, for people and machines."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wardwise.assemble.site import configure, take_effect
from wardwise.assemble.stores import WORKER, open_stores, prepare
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.log import Batch

NOW = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)


def day(number: int) -> Draft:
    end = NOW - timedelta(days=number)
    lag = {"half": "600.0", "most": "720.0"}
    told = {
        "live": "adt", "batch": "census", "event": "stay.admitted", "from": iso(end - timedelta(days=1)),
        "to": iso(end), "both": 40 + number, "only_live": 3, "only_batch": 0, "differing": 2, "fields": {"unit": 2},
        "minutes": {"live": lag, "batch": lag, "ahead": lag}, "examples": {"only_live": ["s1"]},
    }  # fmt: skip
    return Draft(id=f"g{number}" + "c" * 31, kind="feed.repeated", occurred_at=end, source="wardwise", payload=told)


@pytest.fixture
def data(demo_site: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    prepare(folder, seed=1)
    with open_stores(folder, WORKER) as stores:
        lease = stores.log.lease("demo", "test")
        take_effect(stores, lease, configure(demo_site), NOW)
    return folder


def test_days_are_listed_the_newest_last(wardwise, data: Path) -> None:
    assert "No day was compared" in wardwise("contract", "compare", "--data", data).err
    with open_stores(data, WORKER) as stores:
        stores.log.append(stores.log.lease("demo", "test"), Batch([day(2), day(1), day(0)]), NOW)
    lines = wardwise("contract", "compare", "--days", "2", "--data", data).out.splitlines()
    says = "3 only live, 0 only batch, 2 differ (unit 2); live knew 600 min earlier (nine of ten within 720)"
    assert lines == [
        f"2026-03-06 stay.admitted adt and census: 41 in both, {says}",
        f"2026-03-07 stay.admitted adt and census: 40 in both, {says}",
    ]
    told = wardwise("contract", "compare", "--json", "--data", data).told["days"]
    assert [each["both"] for each in told] == [42, 41, 40]
    assert told[0]["minutes"]["ahead"] == {"half": 600.0, "most": 720.0}
    assert told[0]["examples"] == {"only_live": ["s1"]}
