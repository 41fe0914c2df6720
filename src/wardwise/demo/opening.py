"""Before the demo's doors open: keys, two years of history, a model learnt from them."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wardwise.assemble.importing import import_arrivals
from wardwise.assemble.site import configure
from wardwise.assemble.stores import WORKER, open_stores, prepare
from wardwise.assemble.training import publish
from wardwise.demo.setting import Setting, setting_of
from wardwise.demo.timeline import Timeline, timeline
from wardwise.loop.capture.inbox import Arrival
from wardwise.run.clock import SIMULATED, SharedClock
from wardwise.run.settings import Settings
from wardwise.stores.folder import DataFolder

_HISTORY = "ed-history"


@dataclass(frozen=True, slots=True)
class Opened:
    """A demo ready to run: what it will send, and the settings of the service it will send it to."""

    setting: Setting
    timeline: Timeline
    settings: Settings


def open_demo(site: Path, data: Path, *, seed: int, start: datetime, days: int, speed: float) -> Opened:
    """Prepare a fresh data folder: at speed 0 time is virtual, else `speed` hospital seconds pass in one."""
    configuration = configure(site)
    setting = setting_of(configuration.folder.site, seed=seed, start=start, days=days)
    due = timeline(setting)
    prepare(data, seed=seed)
    with DataFolder(data).hold(), open_stores(data, WORKER) as stores:
        history = [
            _arrival(configuration.folder.site.slug, drop.name, drop.body, start)
            for drop in due.files
            if _past(drop.feed, drop.at, start)
        ]
        import_arrivals(stores, configuration, history, now=start, progress=lambda _done, _total: None)
        for workflow in configuration.workflows.values():
            if workflow.model is not None:
                publish(stores, configuration, workflow, start)
    clock = data / SIMULATED
    SharedClock.create(clock, start, speed=speed).close()
    return Opened(setting, due, Settings(site=site.absolute(), data=data.absolute(), clock=clock.absolute()))


def clear(data: Path) -> None:
    """Remove a demo's data folder."""
    shutil.rmtree(data, ignore_errors=True)


def _past(feed: str, at: datetime, start: datetime) -> bool:
    return feed == _HISTORY and at <= start


def _arrival(site: str, name: str, body: bytes, at: datetime) -> Arrival:
    return Arrival(site=site, source=_HISTORY, listener="import", control_id=name, body=body, received_at=at)
