"""What a service under load has published itself of its feeds, held against its log."""

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benches.kill.books import SLUG
from benches.streams.site import PUBLISHED
from benches.streams.subscriber import Had
from wardwise.assemble.outgoing import outgoing
from wardwise.assemble.stores import READ_ONLY, open_stores
from wardwise.loop.capture.log import Selection
from wardwise.run.clock import SystemClock

_PATIENCE_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.1


def drained(data: Path) -> None:
    """Wait until it has all gone out; what is left undone the count tells."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while any(each.lag.waiting for each in outgoing(data, SystemClock().now())) and time.monotonic() < end:
        time.sleep(_LOOK_EVERY_SECONDS)


def wrongly_published(data: Path, had: Sequence[Had]) -> Iterator[str]:
    """Nothing where it is the log's own order from the first event on; what the end brought may not have gone out."""
    with open_stores(data, READ_ONLY) as stores:
        told = [event.id for event in stores.log.read(SLUG, where=Selection(kinds=frozenset(PUBLISHED)))]
    ids = [str(json.loads(each.body)["id"]) for each in had]
    if not ids or ids != told[: len(ids)]:
        yield f"published: {len(ids)} of {len(told)}, not those of the log in its order"
