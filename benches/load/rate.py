"""How much of something is done per second of processor time."""

import gc
import statistics
import time
from collections.abc import Callable


def per_cpu_second(work: Callable[[], object], items: int, rounds: int) -> float:
    """The median over rounds of items done per second of this process's time."""
    rates = []
    gc.collect()
    gc.freeze()  # what was prepared before is no part of the work, and no running service holds it all
    try:
        for _ in range(rounds):
            gc.collect()
            begun = time.process_time()
            work()
            rates.append(items / (time.process_time() - begun))
    finally:
        gc.unfreeze()
    return round(statistics.median(rates), 1)
