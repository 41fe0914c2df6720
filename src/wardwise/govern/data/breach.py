"""Breach: a feed of which too much cannot be read no longer keeps its contract, even while it speaks."""

from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.derive.state.standing import BREACH_LASTS, breached_feeds
from wardwise.loop.derive.view import View

WITHIN = timedelta(hours=1)
AT_LEAST = 5


def breaches(view: View) -> Iterator[Draft]:
    """A `contract.breached` for each feed with five or more unreadable messages in an hour, once while it lasts."""
    recent = view.events("message.quarantined", WITHIN)
    if recent.height < AT_LEAST:
        return
    told = breached_feeds(view)
    counted = recent.group_by("source", maintain_order=True).agg(pl.len().alias("count"))
    for feed, count in counted.filter(pl.col("count") >= AT_LEAST).iter_rows():
        if feed in view.folder.contracts and feed not in told:
            yield _breach(view, feed, count)


def _breach(view: View, feed: str, count: int) -> Draft:
    at, minutes = view.instant.at, int(BREACH_LASTS / timedelta(minutes=1))
    position = view.instant.position
    return Draft(
        id=derived_id(
            "g", kind="contract.breached", workflow="contract", entity=feed, position=position, cause=iso(at)
        ),
        kind="contract.breached",
        occurred_at=at,
        source="wardwise/contract",
        payload={
            "feed": feed,
            "rule": "readable",
            "what": f"{count} messages of the last hour could not be read; workflows step down for {minutes} min",
            "count": count,
        },
    )
