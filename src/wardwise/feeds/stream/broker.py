"""The port of a broker: what one connection to a stream can do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

WAIT_SECONDS = 0.5  # how long a broker may be waited for when it has nothing; a process that is to end waits as long


@dataclass(frozen=True, slots=True)
class Message:
    """One message as the broker gave it. `place` names it for as long as the broker keeps it.

    `refusal` says why there is no message at this place any more.
    """

    place: str
    body: bytes
    refusal: str = ""


class Broker(Protocol):
    """One connection. Every method raises Unanswered when the broker does not do it; then only `close` may follow."""

    name: str  # what kind of broker it is, as receipts name their listener

    async def open(self) -> Sequence[Message]:
        """Connect; returns the places that the broker let go of before they were read."""
        ...

    async def take(self) -> Sequence[Message]:
        """The next messages, a bounded number of them; none after WAIT_SECONDS without any."""
        ...

    async def settle(self) -> None:
        """Everything given so far is safe here: it need not be given again."""
        ...

    async def close(self) -> None:
        """Let go; what was given and not settled comes again. Closing twice is harmless."""
        ...
