"""Waiting until something has come to pass, and never for ever."""

import asyncio
import time
from collections.abc import Awaitable, Callable


def wait_until(holds: Callable[[], bool], *, seconds: float = 60.0, meanwhile: Callable[[], object] = bool) -> float:
    """How long it took; fails when it took longer than that."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < seconds, f"not within {seconds:.0f} s"
        meanwhile()
        time.sleep(0.05)
    return time.monotonic() - begun


def in_time(run: Callable[[], Awaitable[None]], *, seconds: float = 20.0) -> None:
    """Run to its end; fails when it takes longer than that."""

    async def timed() -> None:
        async with asyncio.timeout(seconds):
            await run()

    asyncio.run(timed())
