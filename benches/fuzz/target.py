"""What is fuzzed: a parser with its law, and how it is judged."""

import time
from collections.abc import Callable
from dataclasses import dataclass

MOST_SECONDS = 0.1  # of processor time for one input, whatever it holds
LOOKS = 3  # a slow run may be the machine's; only what is slow each time is the input's

Run = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Target:
    """`make` builds the run, which raises nothing for any bytes; `words` are what its inputs are made of."""

    make: Callable[[], Run]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...] = ()
    longest: int = 4096


class TooSlow(AssertionError):
    """An input took more than its time at every look."""


def judged(run: Run) -> Run:
    """The same run, which raises TooSlow for what takes too long."""

    def look(data: bytes) -> None:
        took = [_seconds(run, data)]
        while took[-1] > MOST_SECONDS:
            if len(took) == LOOKS:
                raise TooSlow(f"{min(took):.3f} s of processor time")
            took.append(_seconds(run, data))

    return look


def _seconds(run: Run, data: bytes) -> float:
    begun = time.process_time()
    run(data)
    return time.process_time() - begun
