"""The MLLP door's process: listens, stores, acknowledges. It knows no event and no workflow."""

import asyncio
from threading import Event as Flag

from wardwise.assemble.doors import make_mllp_listening
from wardwise.errors import StoreUnavailable
from wardwise.run.settings import Settings
from wardwise.run.told import Told

_LOOK_EVERY_SECONDS = 0.05
_LOOK_AT_CERTIFICATES = 40  # every so many looks: two seconds


def run(settings: Settings, stop: Flag, told: Told) -> None:
    """Listen until told to stop; end with an error when the store failed, to be started anew."""
    asyncio.run(_serve(settings, stop, told))


async def _serve(settings: Settings, stop: Flag, told: Told) -> None:
    failed = Flag()
    ear = make_mllp_listening(settings.site, settings.data, settings.open_clock(), failed=failed.set)
    told.ready(await ear.open(settings.mllp_host, settings.mllp_port))
    rounds = 0
    while not (stop.is_set() or failed.is_set()):
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
        if ear.hears:
            told.alive()
        rounds += 1
        if rounds % _LOOK_AT_CERTIFICATES == 0:
            await ear.look()
    await ear.close()
    if failed.is_set():
        raise StoreUnavailable(
            store="inbox",
            what="a commit failed",
            remedy="The door starts again by itself; check the disk if it goes on.",
        )
