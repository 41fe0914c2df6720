"""The HTTP door's process: the board, CDS Hooks, health."""

import asyncio
from collections.abc import Callable
from threading import Event as Flag

from wardwise.assemble.surfaces import serve_site
from wardwise.run.settings import Settings


def run(settings: Settings, stop: Flag, ready: Callable[[int], None]) -> None:
    """Serve until told to stop."""
    asyncio.run(
        serve_site(
            settings.site,
            settings.data,
            settings.open_clock(),
            address=(settings.http_host, settings.http_port),
            ready=ready,
            stopped=stop.is_set,
        )
    )
