"""One snapshot of the site, shared by every screen: built once per log position and clock tick."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from wardwise.govern.data.balance import Balance
from wardwise.govern.release.mode import mode_of
from wardwise.hospital.moment import micros
from wardwise.loop.capture.absence import Absence, Unreached
from wardwise.loop.derive.state.acceptances import Acceptance, accepted
from wardwise.loop.derive.state.advice import AdviceState, advice_states
from wardwise.loop.derive.state.identity import People, people
from wardwise.sites.site import Mode, Site
from wardwise.surfaces.web import words
from wardwise.surfaces.web.board import governance
from wardwise.surfaces.web.board.arrivals import Arrivals, arrivals
from wardwise.surfaces.web.board.beds import unit_beds
from wardwise.surfaces.web.board.exceptions import ExceptionLines, exception_lines
from wardwise.surfaces.web.board.feeds import FeedLine, feed_lines, lost_of, stood_in_for
from wardwise.surfaces.web.board.glance import Glance, Outgoing, Unread
from wardwise.surfaces.web.board.marks import HourMarks
from wardwise.surfaces.web.board.nurses import ShiftCover, covers
from wardwise.surfaces.web.board.outgoing import OutgoingLine, outgoing_lines
from wardwise.surfaces.web.board.recommend import Shown, recommendations
from wardwise.surfaces.web.board.records import FindingLines, finding_lines
from wardwise.surfaces.web.board.repeats import RepeatLine, repeat_lines
from wardwise.surfaces.web.board.reviews import ReviewLine, review_lines
from wardwise.surfaces.web.board.severity import unsure
from wardwise.surfaces.web.board.tile import Tile
from wardwise.surfaces.web.board.tiles import ARRIVED, SHIFTS, SOURCES, STAYS, WardRow, tiles, ward_rows
from wardwise.surfaces.web.strings import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Governed:
    """What the governance page shows."""

    workflows: list[governance.WorkflowLine]
    shadow: list[governance.ShadowLine]
    answers: list[governance.Counted]
    overrides: list[governance.Counted]
    outcomes: list[governance.OutcomeLine]
    range_held: tuple[int, int] | None
    findings: FindingLines


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A message that gave no facts, and what to do about it."""

    at: str
    source: str
    code: str
    why: str
    remedy: str
    steward: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything the pages show, as of one instant and one position of the log. Nothing on them comes from elsewhere.

    `rendered` keeps each fragment's HTML once it is made, so that the hundredth screen costs nothing.
    """

    site: Site
    at: datetime
    position: int
    mode: str
    feeds: list[FeedLine]
    rests: Mapping[str, tuple[str, ...]]
    seconds: Mapping[str, tuple[tuple[str, str], ...]]
    tiles: list[Tile]
    wards: list[WardRow]
    shifts: list[ShiftCover]
    curve: Arrivals | None
    advice: list[Shown]
    states: list[AdviceState]
    people: People
    governed: Governed
    balance: Balance
    unread: Unread | None
    absent: Mapping[str, Absence]
    trouble: str
    nearly_full: bool
    known_at: datetime
    quarantined: list[Quarantined]
    exceptions: ExceptionLines
    reviews: list[ReviewLine]
    repeats: tuple[RepeatLine, ...]
    accepted: tuple[Acceptance, ...]
    going_out: tuple[Outgoing, ...]
    outgoing: list[OutgoingLine]
    rendered: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def version(self) -> str:
        """Names this snapshot; a screen showing another is behind."""
        waiting = f".{self.unread.waiting}" if self.unread else ""
        return ".".join(
            [f"{self.position}.{micros(self.at)}{waiting}", *sorted(self.absent), *(["closed"] if self.trouble else [])]
        )

    @property
    def as_of(self) -> str:
        """`as of 14:12:05, log position 48,211`."""
        at = words.clock_seconds(self.known_at, zone=self.site.zone)
        return say("as_of", day=words.day(self.known_at, zone=self.site.zone), at=at, position=f"{self.position:,}")

    @property
    def clock(self) -> str:
        """`Sun 22 Nov 14:12`, as the header shows it."""
        zone = self.site.zone
        return f"{words.day(self.at, zone=zone)} {words.clock(self.at, now=self.at, zone=zone)}"

    @property
    def forecast_source(self) -> str:
        """Who made the curve's forecast, and when."""
        said = self.curve.said if self.curve else None
        if said is None:
            return ""
        return say("tile.source", at=self.local(said.at), says=said.maker)

    @property
    def held_share(self) -> str:
        """`79%`: how often the 80% range held the true value."""
        held, total = self.governed.range_held or (0, 0)
        return words.percent(held, total)

    @property
    def open_count(self) -> int:
        """Advice that can be answered now."""
        return sum(each.open for each in self.advice)

    @property
    def held_count(self) -> int:
        """Repeats held back of the advice on the board."""
        return sum(each.held_back for each in self.advice)

    def local(self, at: datetime) -> str:
        """An instant in the site's local time, with the date where it is not today."""
        return words.clock(at, now=self.at, zone=self.site.zone)

    @property
    def lost(self) -> list[str]:
        """Feeds silent for longer than their contract allows, or whose door is away, for which no other stands in."""
        return [line.name for line in self.feeds if line.lost and not line.covered]

    @property
    def cut_off(self) -> list[str]:
        """Feeds whose door is away."""
        return [line.name for line in self.feeds if line.door]

    @property
    def silent(self) -> list[str]:
        """Feeds that are lost though their door is there."""
        return [line.name for line in self.feeds if line.lost and not (line.door or line.covered)]

    @property
    def breached(self) -> list[str]:
        """Feeds that break their contract so that workflows step down, for which no other stands in."""
        return [line.name for line in self.feeds if line.breached and not line.covered]

    @property
    def standing_in(self) -> list[tuple[str, str]]:
        """Kinds of fact that a second source tells now, and which."""
        duties = [(line.name, duty) for line in self.feeds for duty in line.duties]
        return [(duty.kind, name) for name, duty in duties if duty.in_charge and not duty.first]

    @property
    def stale(self) -> str:
        """Why not to trust the numbers, in one line for every page; empty when there is no reason."""
        said = [say("stale.feed", feeds=", ".join(self.silent))] if self.silent else []
        said += [self._away(each) for each in self.absent.values()]
        said += [self._unreached(line.server) for line in self.feeds if line.server]
        said += [say("stale.closed", why=self.trouble)] if self.trouble else []
        if self.breached:
            said.append(say("stale.breach", feeds=", ".join(self.breached)))
        if self.unread:
            key = "stale.worker_one" if self.unread.waiting == 1 else "stale.worker"
            said.append(say(key, waiting=f"{self.unread.waiting:,}", at=self.local(self.unread.since)))
        said += [say("stale.second", kind=kind, feed=feed) for kind, feed in self.standing_in]
        if self.nearly_full and not self.trouble:
            said.append(say("stale.nearly_full", mib=f"{self.site.disk.warn_below_mib:,}"))
        if said and not (self.lost or self.unread or self.absent or self.trouble):
            return " ".join(said)
        return " ".join([say("stale.begins"), *said]) if said else ""

    def trouble_of(self, feeds: frozenset[str]) -> str:
        """What is wrong with any of these feeds, in one short sentence for a card; empty when nothing is."""
        silent, cut_off = (sorted(feeds.intersection(each)) for each in (self.silent, self.cut_off))
        broken = sorted(feeds.intersection(self.breached))
        said = [say("trouble.silent", feeds=", ".join(silent))] if silent else []
        said += [say("trouble.cut_off", feeds=", ".join(cut_off))] if cut_off else []
        said += [say("trouble.closed", why=self.trouble)] if self.trouble else []
        said += [say("trouble.broken", feeds=", ".join(broken))] if broken else []
        return " ".join([*said, say("trouble.remedy")]) if said else ""

    def _away(self, absence: Absence) -> str:
        key, feeds = f"stale.away.{absence.process}", ", ".join(self.cut_off)
        return say(key, why=say(f"away.{absence.why}"), at=self.local(absence.since), feeds=feeds)

    def _unreached(self, server: Unreached) -> str:
        return say("stale.unreached", feed=server.feed, at=self.local(server.since), why=server.why)

    def find(self, identifier: str) -> Shown | None:
        """The advice on the board with this id."""
        return next((each for each in self.advice if each.id == identifier), None)


def take(glance: Glance, marks: HourMarks) -> Snapshot:
    """Read everything the pages show from one glance."""
    marks.step(glance.view)
    lines = feed_lines(glance)
    rests = {kinds: lost_of(glance, lines, kinds) for kinds in (STAYS, ARRIVED, SHIFTS)}
    seconds = {kinds: stood_in_for(glance, lines, kinds) for kinds in rests}
    stale_beds = bool(rests[STAYS] or glance.behind)
    beds, curve, shifts = unit_beds(glance, stale=stale_beds), arrivals(glance), covers(glance)
    return Snapshot(
        site=glance.site,
        at=glance.now,
        position=glance.view.instant.position,
        mode=_mode(glance),
        feeds=lines,
        rests=rests,
        seconds=seconds,
        tiles=[_marked(glance, tile, rests, seconds) for tile in tiles(glance, beds, curve, shifts, marks)],
        wards=ward_rows(beds, shifts),
        shifts=shifts,
        curve=curve,
        advice=recommendations(glance),
        states=advice_states(glance.view),
        people=people(glance.view),
        governed=_governed(glance),
        balance=glance.doors.balance,
        unread=glance.doors.unread,
        absent=glance.doors.absent,
        trouble=glance.doors.trouble,
        nearly_full=glance.doors.nearly_full,
        known_at=glance.known_at,
        quarantined=_quarantined(glance),
        exceptions=exception_lines(glance),
        reviews=review_lines(glance),
        repeats=repeat_lines(glance),
        accepted=accepted(glance.view),
        going_out=glance.doors.outgoing,
        outgoing=outgoing_lines(glance),
    )


def _marked(
    glance: Glance,
    tile: Tile,
    rests: Mapping[str, tuple[str, ...]],
    seconds: Mapping[str, tuple[tuple[str, str], ...]],
) -> Tile:
    kinds = SOURCES[tile.key]
    lost = tuple(dict.fromkeys(feed for each in kinds for feed in rests[each]))
    pairs = tuple(dict.fromkeys(pair for each in kinds for pair in seconds[each]))
    severity = unsure(tile.severity, stale=bool(lost or glance.behind))
    return replace(tile, lost=lost, seconds=pairs, severity=severity, as_of=min(tile.as_of, glance.known_at))


def _governed(glance: Glance) -> Governed:
    return Governed(
        workflows=governance.workflow_lines(glance),
        shadow=governance.shadow_lines(glance),
        answers=governance.answers(glance),
        overrides=governance.overrides(glance),
        outcomes=governance.outcomes(glance),
        range_held=governance.range_held(glance),
        findings=finding_lines(glance),
    )


def _mode(glance: Glance) -> str:
    modes = {mode_of(workflow, glance.view, None) for workflow in glance.workflows.values()} - {Mode.OFF}
    if len(modes) > 1:
        return "mixed"
    return next(iter(modes), Mode.OFF).value


def _quarantined(glance: Glance) -> list[Quarantined]:
    rows = glance.view.events("message.quarantined").tail(10).to_dicts()
    return [
        Quarantined(
            at=glance.clock(row["occurred_at"]),
            source=row["source"],
            code=row["code"],
            why=row["why"],
            remedy=row["remedy"] or "",
            steward=_steward(glance, row["source"]),
        )
        for row in reversed(rows)
    ]


def _steward(glance: Glance, source: str) -> str:
    """Who is to look into what a source sent; whoever answers for the messages of nobody is the site itself."""
    feed = glance.site.feed(source)
    return feed.steward if feed else glance.site.title
