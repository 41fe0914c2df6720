"""A service may start at any minute: what it looks back on must not depend on when that was."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from wardwise.assemble.replaying import replay_site
from wardwise.assemble.site import configure
from wardwise.assemble.stores import WORKER, Stores, open_stores, prepare
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.log import Batch
from wardwise.run.resume import resume

PAST_NOON = datetime(2026, 3, 1, 18, 17, 43, tzinfo=UTC)
HOUR = timedelta(hours=1)


def counted(stores: Stores, *, days: int) -> None:
    """Counts of every hour for longer than any feature looks back."""
    first = PAST_NOON.replace(minute=0, second=0) - days * 24 * HOUR
    drafts = [hour(first + n * HOUR, n) for n in range(days * 24)]
    stores.log.append(stores.log.lease("demo", "a test"), Batch(drafts), PAST_NOON - HOUR)


def hour(starts: datetime, number: int) -> Draft:
    return Draft(
        id=f"c{number}",
        kind="arrivals.counted",
        occurred_at=starts,
        source="ed-history",
        about=About(unit="demo/ed"),
        known_at=starts + HOUR,
        payload={"hour": iso(starts), "count": number % 7},
    )


def test_a_service_started_within_the_hour_decides_what_a_replay_decides(demo_site: Path, tmp_path: Path) -> None:
    prepare(tmp_path / "data", seed=1)
    with open_stores(tmp_path / "data", WORKER) as stores:
        counted(stores, days=120)
        worker = resume(stores, configure(demo_site), PAST_NOON)
        for minutes in (0, 1, 14, 30):
            worker.cycle(PAST_NOON + timedelta(minutes=minutes))
        found = replay_site(stores, "demo", progress=lambda _done, _total: None)
    assert found.decisions > 0
    assert found.differing == ()
