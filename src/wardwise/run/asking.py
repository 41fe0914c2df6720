"""Asks servers again and again, a thread for each feed, so that a slow server holds up no other."""

from collections.abc import Callable, Sequence
from threading import Event as Flag
from threading import Thread
from typing import Protocol

from wardwise.errors import StoreUnavailable
from wardwise.run.told import Told

_ALIVE_EVERY_SECONDS = 0.25
_GOODBYE_SECONDS = 1.0


class Rounds(Protocol):
    """What asks the server of one feed."""

    def step(self) -> float:
        """Ask what is due; returns the seconds until more is. Raises StoreUnavailable."""
        ...

    def rest(self, seconds: float) -> None:
        """Wait so long at most."""
        ...


def ask(rounds: Sequence[Rounds], stop: Flag, told: Told, *, beside: Sequence[Callable[[], None]] = ()) -> None:
    """Ask until told to stop; end with an error when a thread cannot go on, to be started anew.

    What runs `beside` has a thread of its own as well.
    """
    failed: list[StoreUnavailable] = []
    threads = [Thread(target=_ask, args=(each, stop, failed), daemon=True) for each in rounds]
    threads += [Thread(target=each, daemon=True) for each in beside]
    for thread in threads:
        thread.start()
    told.ready(0)
    while not stop.wait(_ALIVE_EVERY_SECONDS) and all(thread.is_alive() for thread in threads):
        told.alive()
    stop.set()
    for thread in threads:
        thread.join(_GOODBYE_SECONDS)  # one that waits for its server stores nothing more; it is asked again
    if failed:
        raise failed[0]


def _ask(rounds: Rounds, stop: Flag, failed: list[StoreUnavailable]) -> None:
    try:
        while not stop.is_set():
            rounds.rest(min(rounds.step(), _ALIVE_EVERY_SECONDS))
    except StoreUnavailable as fault:
        failed.append(fault)
