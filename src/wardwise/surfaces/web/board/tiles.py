"""The tiles of the capacity board and the rows of its wards."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from wardwise.loop.derive.state.stays import census
from wardwise.surfaces.web import words
from wardwise.surfaces.web.board.arrivals import Arrivals
from wardwise.surfaces.web.board.beds import Beds, boarders, ed_units
from wardwise.surfaces.web.board.glance import Glance, Said
from wardwise.surfaces.web.board.marks import HourMarks
from wardwise.surfaces.web.board.nurses import Cover, ShiftCover
from wardwise.surfaces.web.board.severity import Severity, worst
from wardwise.surfaces.web.board.tile import Tile
from wardwise.surfaces.web.strings import say

OLD_FORECAST = timedelta(minutes=90)
STAYS, ARRIVED, SHIFTS = "stay.", "stay.arrived", "shift."
# Which kinds of events each tile rests on, by how they begin.
SOURCES = {
    "census": (STAYS,),
    "department": (STAYS, ARRIVED),
    "arrivals": (STAYS, ARRIVED),
    "nurses-now": (SHIFTS,),
    "nurses-next": (SHIFTS,),
}


@dataclass(frozen=True, slots=True)
class WardRow:
    """One ward: its beds and its nurses for this shift and the next."""

    beds: Beds
    now: Cover | None
    next: Cover | None


def tiles(
    glance: Glance, beds: list[Beds], curve: Arrivals | None, shifts: list[ShiftCover], marks: HourMarks
) -> list[Tile]:
    """House census, emergency department, arrivals ahead, nurses now and next."""
    found = [_house(glance, beds, marks.of([each.unit for each in beds]))]
    if curve is not None:
        found += [_department(glance, curve, marks.of(ed_units(glance))), _arrivals(glance, curve)]
    return found + [_nurses(glance, cover, which) for cover, which in zip(shifts, ("now", "next"), strict=False)]


def ward_rows(beds: list[Beds], shifts: list[ShiftCover]) -> list[WardRow]:
    """Each ward with its cover."""
    covers = [shift.covers for shift in shifts] + [{}, {}]
    return [WardRow(each, covers[0].get(each.unit), covers[1].get(each.unit)) for each in beds]


def _house(glance: Glance, beds: list[Beds], marks: tuple[int, ...]) -> Tile:
    present, open_beds = sum(each.present for each in beds), sum(each.open for each in beds)
    waiting = boarders(glance)
    after = present + waiting
    severity = glance.thresholds.of_beds(after, open_beds)
    limits = glance.thresholds
    return Tile(
        key="census",
        title=say("tile.census.title"),
        value=str(present),
        of=say("tile.census.of", beds=open_beds),
        severity=severity,
        owner=say("tile.census.owner"),
        as_of=glance.now,
        summary=say("tile.census.summary", percent=words.percent(present, open_beds), free=max(open_beds - present, 0)),
        committed=say("tile.census.committed", after=after, waiting=waiting),
        marks=(*marks, present),
        legend=say(
            "tile.census.legend",
            watch=_share(limits.board_beds_watch),
            tight=_share(limits.board_beds_tight),
            escalate=_share(limits.board_beds_escalate),
        ),
    )


def _department(glance: Glance, curve: Arrivals, marks: tuple[int, ...]) -> Tile:
    present = sum(census(glance.view).get(unit, 0) for unit in ed_units(glance))
    unit = glance.site.unit(curve.unit)
    bays = len(unit.beds) if unit else 0
    waiting = boarders(glance)
    limits = glance.thresholds
    return Tile(
        key="department",
        title=curve.title,
        value=str(present),
        of=say("tile.department.of", bays=bays),
        severity=limits.of_ed(present, bays),
        owner=say("tile.department.owner"),
        as_of=glance.now,
        summary=say("tile.department.summary", waiting=waiting),
        committed=say("tile.department.committed", after=present - waiting),
        marks=(*marks, present),
        legend=say(
            "tile.department.legend",
            watch=_share(limits.board_ed_watch),
            tight=_share(limits.board_ed_tight),
            escalate=_share(limits.board_ed_escalate),
        ),
    )


def _arrivals(glance: Glance, curve: Arrivals) -> Tile:
    ahead, said = curve.next4h, curve.said
    known = ahead is not None and said is not None
    counted = tuple(hour.counted for hour in curve.hours if hour.counted is not None)
    return Tile(
        key="arrivals",
        title=say("tile.arrivals.title"),
        value=words.whole(ahead.median) if ahead else say("tile.no_number"),
        of=say("tile.arrivals.of") if known else say("tile.arrivals.none"),
        severity=_surge(glance, curve) if known else Severity.UNKNOWN,
        owner=say("tile.arrivals.owner"),
        as_of=said.at if said else glance.now,
        summary=curve.baseline or curve.none_says,
        committed=say("tile.arrivals.running", running=curve.running),
        range=say("tile.range", low=words.whole(ahead.low), high=words.whole(ahead.high)) if ahead else "",
        marks=counted,
        source=_source(glance, said) if said else "",
        legend=say("tile.arrivals.legend"),
    )


def _surge(glance: Glance, curve: Arrivals) -> Severity:
    if curve.said is None or glance.now - curve.said.at > OLD_FORECAST:
        return Severity.UNKNOWN
    if curve.surging:
        return Severity.ESCALATE
    lower = float(curve.said.output.get("surge", {}).get("lower80", 0))
    return Severity.WATCH if lower > 0 else Severity.PLAN


def _source(glance: Glance, said: Said) -> str:
    key = "tile.source_old" if glance.now - said.at > OLD_FORECAST else "tile.source"
    return say(key, at=glance.clock(said.at), says=said.maker)


def _nurses(glance: Glance, cover: ShiftCover, which: str) -> Tile:
    judged = [each for each in cover.covers.values() if each.judged]
    told = [each.rostered for each in (judged or cover.covers.values()) if each.rostered is not None]
    need = sum(each.need or 0 for each in judged)
    shift = say("shift.spoken", name=cover.shift.name, start=glance.clock(cover.shift.start))
    return Tile(
        key=f"nurses-{which}",
        title=say(f"tile.nurses.{which}"),
        value=str(sum(told)) if told else say("tile.no_number"),
        of=_of(need, judged=bool(judged), told=bool(told)),
        severity=worst([each.severity for each in judged]),
        owner=say("tile.nurses.owner"),
        as_of=min((each.as_of for each in judged), default=glance.now),
        summary=" ".join(_summary(glance, cover, judged)),
        committed=f"{shift}{_known_for(cover, judged)}",
        source=cover.tier,
        legend=say(
            "tile.nurses.legend",
            tight=words.whole(float(glance.thresholds.board_nurses_tight)),
            escalate=words.whole(float(glance.thresholds.board_nurses_escalate)),
        ),
    )


def _summary(glance: Glance, cover: ShiftCover, judged: list[Cover]) -> Iterator[str]:
    short, beyond = [each for each in judged if each.gap < 0], [each for each in judged if each.beyond]
    if short:
        missing = -sum(each.gap for each in short)
        worst_first = sorted(short, key=lambda each: each.gap)
        units = ", ".join(f"{glance.title(each.unit)} {-each.gap}" for each in worst_first)
        yield say("tile.nurses.short", missing=missing, units=units)
    if beyond:
        yield say("tile.nurses.beyond", units=", ".join(glance.title(each.unit) for each in beyond))
    if not short and not beyond:
        yield _enough(glance, cover, judged)


def _known_for(cover: ShiftCover, judged: list[Cover]) -> str:
    if not judged or len(judged) == len(cover.covers):
        return ""
    return say("tile.nurses.known_for", some=len(judged), units=len(cover.covers))


def _of(need: int, *, judged: bool, told: bool) -> str:
    if not told:
        return say("tile.nurses.not_told")
    return say("tile.nurses.of", need=need) if judged else say("tile.nurses.no_need")


def _enough(glance: Glance, cover: ShiftCover, judged: list[Cover]) -> str:
    if not judged:
        return ""
    if len(judged) == len(cover.covers):
        return say("tile.nurses.enough")
    return say("tile.nurses.enough_some", units=", ".join(glance.title(each.unit) for each in judged))


def _share(share: object) -> str:
    return f"{float(str(share)) * 100:.0f}%"
