"""The feeds: when each last spoke, whether it is late or breaks its contract, and which numbers rest on those."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from wardwise.govern.data.silence import allowed_silence
from wardwise.hospital.moment import iso
from wardwise.loop.capture.absence import FETCH, FHIR, MLLP, STREAMS, WORKER, Absence, Unreached
from wardwise.loop.derive.state.breaches import Breach, breaches
from wardwise.loop.derive.state.charge import covered_for, in_charge
from wardwise.loop.derive.state.standing import silent_feeds
from wardwise.sites.feed import Feed, FeedKind
from wardwise.sites.two_sources import MOVES
from wardwise.surfaces.web.board.glance import Glance
from wardwise.surfaces.wording import span

# The process that takes a feed in; the board's own is seen open. What is fetched needs the one that fetches as well.
DOORS = {FeedKind.HL7V2: MLLP, FeedKind.FHIR: FHIR, FeedKind.CSV: WORKER}
PEOPLE = frozenset({FeedKind.BOARD, FeedKind.CDS_HOOKS})


@dataclass(frozen=True, slots=True)
class Duty:
    """What a feed is for a kind of fact that two tell of: in charge of it, or standing by."""

    kind: str
    in_charge: bool
    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLine:
    """One feed. `cadence` and `allowed` are its contract's now, in words; empty for a feed without a contract.

    It is covered where others stand in now for everything it provides.
    `door` is the process that should take it in and is away; such a feed is lost, whatever it said last.
    `server` is the one it is fetched from, where that does not answer.
    """

    name: str
    kind: str
    freshness: str
    owner: str
    steward: str
    last_at: datetime | None
    age: str
    cadence: str
    allowed: str
    lost: bool
    people: bool
    door: Absence | None = None
    server: Unreached | None = None
    breaks: tuple[Breach, ...] = ()
    duties: tuple[Duty, ...] = ()
    covered: bool = False

    @property
    def breached(self) -> bool:
        """Whether it breaks its contract so that workflows step down."""
        return any(breach.steps_down for breach in self.breaks)


def feed_lines(glance: Glance) -> list[FeedLine]:
    """Every feed of the site, in the order written."""
    silent, broken = silent_feeds(glance.view), breaches(glance.view)
    return [
        replace(
            _line(glance, feed, silent=feed.name in silent),
            breaks=tuple(breach for breach in broken if breach.feed == feed.name),
            duties=tuple(_duties(glance, feed.name)),
            covered=_covered(glance, feed.name),
        )
        for feed in glance.site.feeds
    ]


def _duties(glance: Glance, feed: str) -> Iterator[Duty]:
    for pair in glance.site.two_sources:
        if feed in pair.feeds:
            yield Duty(pair.kind, in_charge(glance.view, pair, glance.now) == feed, feed == pair.feeds[0])


def _covered(glance: Glance, feed: str) -> bool:
    contract = glance.view.folder.contracts.get(feed)
    return contract is not None and covered_for(glance.view, feed, [each.kind for each in contract.provides])


def told(line: FeedLine) -> dict[str, object]:
    """A feed for machines: what every consumer must know before it uses what came of it."""
    return {
        "name": line.name,
        "freshness": line.freshness,
        "last_at": iso(line.last_at) if line.last_at else None,
        "stale": line.lost,
        "door": absence_told(line.door) if line.door else None,
        "server": {"why": line.server.why, "since": iso(line.server.since)} if line.server else None,
        "breaks": [{"rule": breach.rule, "subject": breach.subject, "what": breach.what} for breach in line.breaks],
    }


def absence_told(absence: Absence) -> dict[str, object]:
    """A process that is away, for machines."""
    return {"process": absence.process, "why": absence.why.value, "since": iso(absence.since)}


def lost_of(glance: Glance, lines: list[FeedLine], kinds: str) -> tuple[str, ...]:
    """The silent feeds whose contract provides kinds of events that begin so (`stay.`): numbers on them are old.

    Not one for which a second source stands in.
    """
    silent = [line.name for line in lines if line.lost and _weighty(glance, line.name, kinds)]
    return tuple(name for name in silent if not covered_for(glance.view, name, _weighty(glance, name, kinds)))


def stood_in_for(glance: Glance, lines: list[FeedLine], kinds: str) -> tuple[tuple[str, str], ...]:
    """(second source, the feed for which it stands in now) for kinds of events that begin so."""
    firsts = {line.name: _weighty(glance, line.name, kinds) for line in lines}
    return tuple(
        (pair.second, pair.feeds[0])
        for pair in glance.site.two_sources
        if any(pair.tells(kind) for kind in firsts.get(pair.feeds[0], ()))
        and covered_for(glance.view, pair.feeds[0], firsts[pair.feeds[0]])
    )


def _weighty(glance: Glance, feed: str, kinds: str) -> list[str]:
    """The kinds that a feed promises and that begin so; of stays those that move a census, where it promises any."""
    contract = glance.view.folder.contracts.get(feed)
    told = [each.kind for each in contract.provides if each.kind.startswith(kinds)] if contract else []
    return [kind for kind in told if kind in MOVES] or told


def lost_feeds(glance: Glance) -> frozenset[str]:
    """Names of feeds that have been silent for longer than their contract allows, or whose door is away."""
    return frozenset(line.name for line in feed_lines(glance) if line.lost)


def _line(glance: Glance, feed: Feed, *, silent: bool) -> FeedLine:
    contract = glance.view.folder.contracts.get(feed.name)
    local = glance.now.astimezone(ZoneInfo(glance.site.zone))
    last_at = glance.doors.last_received.get(feed.name)
    allowed = allowed_silence(glance.view, contract) if contract else None
    door = next((away for each in _doors(feed) if (away := glance.doors.absent.get(each))), None)
    late = allowed is not None and (last_at is None or glance.now - last_at > allowed)
    return FeedLine(
        name=feed.name,
        kind=feed.kind.value,
        freshness=feed.freshness.value,
        owner=feed.owner,
        steward=feed.steward,
        last_at=last_at,
        age=glance.ago(last_at) if last_at else "",
        cadence=span(timedelta(minutes=contract.cadence(local))) if contract else "",
        allowed=span(allowed) if allowed is not None else "",
        lost=late or (silent and contract is not None) or door is not None,
        people=feed.kind in PEOPLE,
        door=door,
        server=glance.doors.unreached.get(feed.name),
    )


def _doors(feed: Feed) -> list[str]:
    if feed.stream is not None:
        return [STREAMS]
    return [DOORS.get(feed.kind, ""), *([FETCH] if feed.fetched else [])]
