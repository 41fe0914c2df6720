"""The streams that are published to: how far each is, what waits, what was dropped, and what troubles it."""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from wardwise.govern.runtime.lag import COUNTED_BACK, MOST_COUNTED, Lag
from wardwise.loop.capture.absence import PUBLISH
from wardwise.surfaces.web.board.glance import Glance, Outgoing
from wardwise.surfaces.web.strings import say

_BEHIND_AFTER = timedelta(minutes=1)
SEVERITIES = {
    "off": "watch",
    "away": "escalate",
    "unreached": "escalate",
    "behind": "watch",
    "current": "plan",
    "new": "info",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingLine:
    """One stream in words; `why` says more of a state that is not well."""

    name: str
    state: str
    why: str
    place: str
    waiting: str
    expired: int
    refused: int
    owner: str

    @property
    def severity(self) -> str:
        """How the state is coloured."""
        return SEVERITIES[self.state]


def outgoing_lines(glance: Glance) -> list[OutgoingLine]:
    """Every stream of the site, in the order written."""
    return [_line(glance, each) for each in glance.doors.outgoing]


def _line(glance: Glance, each: Outgoing) -> OutgoingLine:
    lag, publish = each.lag, glance.site.published(each.lag.stream)
    state, why = _state(glance, each)
    place = say("outgoing.nothing") if lag.place is None else f"{lag.place:,}"
    return OutgoingLine(
        name=lag.stream,
        state=state,
        why=why,
        place=say("outgoing.place_of", place=place, head=f"{lag.head:,}"),
        waiting=_waiting(glance, lag),
        expired=_dropped(glance, lag.stream, "expired"),
        refused=_dropped(glance, lag.stream, "refused"),
        owner=publish.owner if publish is not None else "",
    )


def _state(glance: Glance, each: Outgoing) -> tuple[str, str]:
    if each.off:
        return "off", each.off
    if PUBLISH in glance.doors.absent:
        return "away", ""
    if each.broker is not None:
        return "unreached", each.broker.why
    if each.lag.since is not None and glance.now - each.lag.since > _BEHIND_AFTER:
        return "behind", ""
    return ("new" if each.lag.place is None else "current"), ""


def _waiting(glance: Glance, lag: Lag) -> str:
    if lag.since is None:
        return say("outgoing.nothing")
    count = f"{lag.waiting:,}{'+' if lag.waiting == MOST_COUNTED else ''}"
    return say("outgoing.waiting_since", count=count, at=glance.clock(lag.since))


def _dropped(glance: Glance, stream: str, why: str) -> int:
    dropped = glance.view.events("publication.dropped", COUNTED_BACK)
    return dropped.filter((pl.col("stream") == stream) & (pl.col("why") == why)).height
