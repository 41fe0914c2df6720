"""Reads one feed's stream: what the broker gives is committed to the inbox, and only then settled with the broker.

A crash between the two has the broker give it again, and the inbox knows it again. Each subscription has a thread and
an event loop of its own: the commit is synchronous, and no other feed waits for it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from wardwise.feeds.stream.broker import WAIT_SECONDS, Broker
from wardwise.feeds.stream.intake import Intake
from wardwise.hospital.clock import Clock
from wardwise.loop.capture.inbox import Inbox


@dataclass(slots=True)
class Subscription:
    """Not safe for threads. While `closed` says why nothing can be kept here, the broker is asked for nothing.

    Once `stopped`, the turn under way lets go of the broker, so that it gives what is left to somebody else at once.
    """

    broker: Broker
    intake: Intake
    inbox: Inbox
    clock: Clock
    closed: Callable[[], str]
    stopped: Callable[[], bool]
    _loop: asyncio.Runner = field(default_factory=asyncio.Runner)
    _connected: bool = False

    def turn(self) -> int:
        """Take once what there is; returns how many messages. Raises Unanswered and StoreUnavailable."""
        try:
            return self._loop.run(self._turn())
        finally:
            if self.stopped():
                self._loop.close()

    async def _turn(self) -> int:
        if self.stopped():
            await self._let_go()
            return 0
        if self.closed():
            if self._connected:  # what the broker deletes meanwhile is told when a connection is made
                await self._let_go()
            await asyncio.sleep(WAIT_SECONDS)
            return 0
        try:
            taken = await self._take()
        except BaseException:
            await self._let_go()
            raise
        if self.stopped():
            await self._let_go()
        return taken

    async def _take(self) -> int:
        if self._connected:
            messages = await self.broker.take()
        else:
            messages = await self.broker.open()
            self._connected = True
        if messages:
            self.inbox.receive(self.intake.arrivals(messages, self.clock.now()))
            await self.broker.settle()
        return len(messages)

    async def _let_go(self) -> None:
        self._connected = False
        await self.broker.close()
