"""The port of an outlet: one connection to a broker that takes messages."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One message. `id` tells a second delivery from another event; those of one `key` stay in order."""

    id: str
    type: str
    key: str
    body: bytes


class Outlet(Protocol):
    """Every method but `close` raises Unanswered when the broker does not do it; then only `close` may follow."""

    async def open(self) -> None:
        """Connect."""
        ...

    async def send(self, letter: Letter) -> str:
        """Wait until the broker has it as safe as it keeps things. Returns why it will never take it, or nothing."""
        ...

    async def look(self) -> None:
        """See that the broker is there, when there is nothing to send."""
        ...

    async def close(self) -> None:
        """Let go. Closing twice is harmless."""
        ...
