"""The MLLP door's process: listens, stores, acknowledges. It knows no event and no workflow."""

import asyncio
from collections.abc import Callable
from threading import Event as Flag

from wardwise.assemble.doors import make_mllp_door
from wardwise.errors import StoreUnavailable
from wardwise.run.settings import Settings

_LOOK_EVERY_SECONDS = 0.05


def run(settings: Settings, stop: Flag, ready: Callable[[int], None]) -> None:
    """Listen until told to stop; end with an error when the store failed, to be started anew."""
    asyncio.run(_serve(settings, stop, ready))


async def _serve(settings: Settings, stop: Flag, ready: Callable[[int], None]) -> None:
    failed = Flag()
    door = make_mllp_door(settings.site, settings.data, settings.open_clock(), failed=failed.set)
    server = await door.open(settings.mllp_host, settings.mllp_port)
    ready(int(server.sockets[0].getsockname()[1]))
    while not (stop.is_set() or failed.is_set()):  # noqa: ASYNC110 - set from another thread, or by uvicorn
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
    server.close()
    await door.close()
    if failed.is_set():
        raise StoreUnavailable(
            store="inbox",
            what="a commit failed",
            remedy="The door starts again by itself; check the disk if it goes on.",
        )
