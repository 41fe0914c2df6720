"""A log of two sites that is whole, and what is done to find whether damage to it is found."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from wardwise.errors import BrokenChain
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.log import Batch, Log

SITES = ("st", "north")
CHECKED = {  # every column that a verification looks at
    "event": ("site", "position", "id", "kind", "encounter", "patient", "occurred_at", "known_at", "digest", "record"),
    "batch": ("site", "last", "first", "recorded_at", "root", "head"),
    "cause": ("site", "cause", "position"),
    "stay": ("site", "patient", "encounter"),
}


def fill(log: Log, site: str, draft: Callable[..., Draft], morning: datetime, *, batches: int) -> None:
    """Batches of one to three events, each caused by one of the batch before."""
    lease = log.lease(site, "worker")
    for n in range(batches):
        causes = (f"{site}{n - 1}-0",) if n else ()
        drafts = [draft(f"{site}{n}-{m}", caused_by=causes, patient=f"p{m}") for m in range(1 + n % 3)]
        log.append(lease, Batch(drafts, offsets={"board": n}), morning + timedelta(minutes=n))


def damage_found(log: Any, heads: Mapping[str, Any] | None = None) -> bool:
    """Whether a verification of some site raises, and close the log; without heads no export is consulted."""
    try:
        for site in SITES:
            log.verify(site, exported=heads and heads[site])
    except BrokenChain:
        return True
    finally:
        log.close()
    return False


def changed(value: Any, by: int) -> Any:
    """Another value of the same type."""
    if isinstance(value, int):
        return value + by
    if value is None:
        return "p9"
    data = bytearray(value.encode() if isinstance(value, str) else value)
    data[by % len(data)] ^= 1
    return data.decode(errors="replace") if isinstance(value, str) else bytes(data)
