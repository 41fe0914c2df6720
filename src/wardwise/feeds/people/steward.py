"""What a feed's steward says of something in the log: found there, said by who may, and an event with its cause."""

from collections.abc import Mapping

from wardwise.errors import NotFound
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.feeds.people.flat import ROLES, bad
from wardwise.loop.capture.event import Draft, Event
from wardwise.loop.capture.ids import event_id
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.log import Log
from wardwise.sites.contract import Contract


def spoken_of(log: Log, site: str, identifier: str) -> Event | None:
    """The event it is about; None where the log of the site has none of this id."""
    try:
        return log.find(site, identifier) if identifier else None
    except NotFound:
        return None


def check_steward(said: Mapping[str, str], contract: Contract | None, *, did: str) -> None:
    """Raise Unreadable unless somebody is named whose role is a steward's; `did` is the verb of what was done."""
    if said["role"] not in ROLES or not said["actor"].strip():
        raise bad("does not say in which role it was given, or by whom")
    if contract is None or said["role"] not in contract.stewards:
        remedy = "Ask the steward of the feed, or add the role to `stewards` of its contract."
        raise Unreadable("not-theirs", f"the role that {did} may not speak for the feed's steward", remedy)


def word(raw: Raw, kind: str, payload: Mapping[str, str], *, cause: Event, mapping: str) -> Draft:
    """The event of a word; its time is when its bytes were received."""
    return Draft(
        id=event_id("q", raw=raw.id, index=0, mapping=mapping),
        kind=kind,
        occurred_at=raw.arrival.received_at,
        source=raw.arrival.source,
        raw=raw.id,
        caused_by=(cause.id,),
        payload=dict(payload),
    )
