"""Silence: a feed that has said nothing for longer than its contract allows, and its return."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from wardwise.govern.data.profile import profiles
from wardwise.govern.data.rhythm import silence_allowed
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.derive.state.standing import silent_feeds
from wardwise.loop.derive.view import View
from wardwise.sites.contract import Contract


def silence_changes(view: View, last_received: Mapping[str, datetime]) -> Iterator[Draft]:
    """A `feed.silent` for each feed that fell silent or spoke again since the log last said so.

    `last_received` holds the last receipt by feed; a feed never heard from is silent from the start.
    """
    silent = silent_feeds(view)
    for feed, contract in view.folder.contracts.items():
        allowed = allowed_silence(view, contract)
        last = last_received.get(feed)
        is_silent = last is None or view.instant.at - last > allowed
        if is_silent != (feed in silent):
            yield _draft(view, feed, last, state="silent" if is_silent else "speaking")


def allowed_silence(view: View, contract: Contract) -> timedelta:
    """How long a feed may be silent now, learnt from its own days where its contract lets it be."""
    learnt = [] if contract.silence_floor_minutes is None else profiles(view, contract.feed)
    return silence_allowed(view, contract, [each.rhythm for each in learnt])


def _draft(view: View, feed: str, last: datetime | None, *, state: str) -> Draft:
    at = view.instant.at
    return Draft(
        id=derived_id(
            "g", kind="feed.silent", workflow="silence", entity=feed, position=view.instant.position, cause=iso(at)
        ),
        kind="feed.silent",
        occurred_at=at,
        source="wardwise/silence",
        payload={"feed": feed, "state": state, "last_at": iso(last or at)},
    )
