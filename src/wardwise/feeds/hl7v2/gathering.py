"""How long a group of messages waits for company: one sync serves all of a group, so larger groups cost less each."""

import asyncio


class Gathering:
    """Lets a group grow to as many as spoke last time, for senders that were just answered speak again at once.

    Nobody waits longer than `seconds` (timers of the event loop may add a millisecond), and who is alone never waits.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._expected = 1
        self._enough = asyncio.Event()

    async def company(self, waiting: int) -> None:
        """Wait for the others; `waiting` messages are there already."""
        if waiting >= self._expected:
            return
        self._enough.clear()
        timer = asyncio.get_running_loop().call_later(self._seconds, self._enough.set)
        await self._enough.wait()
        timer.cancel()

    def arrived(self, waiting: int) -> None:
        """Say that one more came: `waiting` messages are there now."""
        if waiting >= self._expected:
            self._enough.set()

    def answered(self, group: int, waiting: int) -> None:
        """Say that a group was answered while so many others waited: that many are expected to speak next."""
        self._expected = group + waiting
