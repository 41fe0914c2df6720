"""What a child tells its supervisor: that it is ready, and again and again that it is alive."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """`ready` takes the port (0 for none); `alive` is called at least twice a second by what does the work."""

    ready: Callable[[int], None]
    alive: Callable[[], None]
