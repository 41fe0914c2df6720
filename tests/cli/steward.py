"""A data folder in which something waits for a steward, and the worker that reads what one says."""

from datetime import UTC, datetime
from pathlib import Path

from wardwise.assemble.site import configure, take_effect
from wardwise.assemble.stores import WORKER, open_stores, prepare
from wardwise.assemble.worker import make_bench
from wardwise.feeds.intake import read_all
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.log import Batch

NOW = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)


def told(folder: Path, site: Path, *drafts: Draft) -> Path:
    """A new data folder whose log holds these."""
    prepare(folder, seed=1)
    with open_stores(folder, WORKER) as stores:
        lease = stores.log.lease("demo", "test")
        take_effect(stores, lease, configure(site), NOW)
        stores.log.append(lease, Batch(list(drafts)), NOW)
    return folder


def work(data: Path, site: Path) -> Batch:
    """Read what was handed in; what became of it."""
    with open_stores(data, WORKER) as stores:
        raws = stores.inbox.pending("demo", after=stores.log.offset("demo", "intake"))
        batch = read_all(raws, make_bench(stores, configure(site)).readers).batch
        stores.log.append(stores.log.lease("demo", "test"), batch, NOW)
    return batch
