"""A whole service whose hospital clock the test moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx

from wardwise.assemble.stores import prepare
from wardwise.run.clock import SharedClock
from wardwise.run.settings import Settings
from wardwise.run.supervisor import Supervisor


@contextmanager
def on_a_moved_clock(site: Path, folder: Path, at: datetime) -> Iterator[tuple[SharedClock, Settings, httpx.Client]]:
    """Its clock, which begins at an instant, its settings and a browser's client, over fresh data in a folder."""
    prepare(folder / "data", seed=1)
    clock = SharedClock.create(folder / "clock", at, speed=1)
    with Supervisor(Settings(site=site, data=folder / "data", clock=folder / "clock")) as service:
        base = f"http://127.0.0.1:{service.settings.http_port}"
        with httpx.Client(base_url=base, headers={"origin": base}, timeout=10) as client:
            yield clock, service.settings, client
    clock.close()
