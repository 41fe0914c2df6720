"""The HTTP door's process: the board, CDS Hooks, health."""

import asyncio
from threading import Event as Flag

from wardwise.assemble.surfaces import serve_site
from wardwise.run.settings import Settings
from wardwise.run.told import Told


def run(settings: Settings, stop: Flag, told: Told) -> None:
    """Serve until told to stop."""

    def stopped() -> bool:
        told.alive()  # asked from the event loop that serves, 20 times a second: it is alive as long as it asks
        return stop.is_set()

    asyncio.run(
        serve_site(
            settings.site,
            settings.data,
            settings.open_clock(),
            address=(settings.http_host, settings.http_port),
            ready=told.ready,
            stopped=stopped,
        )
    )
