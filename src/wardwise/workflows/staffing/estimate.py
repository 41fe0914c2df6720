"""The ladder: the plan's grid on the forecast with today's roster, the same on the last roster, and saying nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wardwise.hospital.moment import iso
from wardwise.hospital.shift import Shift, shifts_from
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import About
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.question import Question
from wardwise.loop.declare.rung import Rung, Tier
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.nobody import nobody, unsaid
from wardwise.loop.estimate.prediction import Prediction
from wardwise.workflows.staffing.cover import Cover, cover, roster_told_at
from wardwise.workflows.staffing.demand import SCENARIOS, Demand, demand
from wardwise.workflows.staffing.grid import beyond, grid_of, nurses_for

TARGET = "nurses-needed"
SHIFTS = 3
BEYOND = "beyond_grid"  # the scenarios whose arrivals are more than the grid goes, so that its last row stands in
CALLED = "float_called"  # float nurses in all whose call to the shift was accepted; left out where nobody was called
COMING = "float_coming"  # those of them who are not on the roster yet; `float_free` leaves them out
MINUTE = timedelta(minutes=1)


def ladder(files: Files) -> tuple[Rung, ...]:
    """A grid on a forecast is a rule, however good the forecast; so the ladder begins there."""
    need, says = Need(files), files.strings
    feeds = files.feeds_of("shift.assigned")
    return (
        Rung(Tier.RULE, "nurse-grid", says["tier_rule"], need.on_roster, feeds=feeds),
        Rung(Tier.LAST_KNOWN, "nurse-grid-last-roster", says["tier_last_known"], need.on_last_roster),
        nobody(files, TARGET),
    )


@dataclass(frozen=True, slots=True)
class Need:
    """Nurses needed by the policies of the site; empty where no forecast stands: no forecast is not no need."""

    files: Files

    def on_roster(self, question: Question) -> Sequence[Prediction]:
        """Need against the roster as it is told."""
        return [self.of(question.view, unit) for unit in question.features["entity"]]

    def on_last_roster(self, question: Question) -> Sequence[Prediction]:
        """Need against the last roster that was told, with the time it was told, while the policy lets it stand."""
        view = question.view
        told = roster_told_at(view)
        longest = self._minutes(view, "last_roster_for")
        units = question.features["entity"]
        if told is None or view.instant.at - told > longest:
            return [_empty(unit) for unit in units]
        return [self.of(view, unit, roster_told=told) for unit in units]

    def of(self, view: View, unit: str, *, roster_told: datetime | None = None) -> Prediction:
        """The need of one unit for the shift running and the two after it."""
        found = demand(view, unit, longest=self._minutes(view, "forecast_for"))
        if found is None:
            return _empty(unit)
        site = view.folder.site
        shifts = shifts_from(view.instant.at, site.patterns, site.zone, count=SHIFTS)
        rows = [self._shift(view, unit, shift, found) for shift in shifts]
        output: dict[str, Json] = {"shifts": [row for row in rows if row], "from_prediction": found.id}
        if roster_told is not None:
            output["roster_told_at"] = iso(roster_told)
        outs = [event for shift in shifts for event in cover(view, unit, shift).call_outs]
        return Prediction(
            entity=unit, target=TARGET, output=output, about=About(unit=unit), based_on=(found.id, *dict.fromkeys(outs))
        )

    def _shift(self, view: View, unit: str, shift: Shift, found: Demand) -> Mapping[str, Json] | None:
        arrivals = self.arrivals(shift, found)
        if arrivals is None:
            return None
        grid = grid_of(self.files.policies, shift, unit)
        needed = {name: nurses_for(count, shift, grid) for name, count in arrivals.items()}
        row: dict[str, Json] = {
            "shift": shift.key,
            "name": shift.name,
            "starts": iso(shift.start),
            "ends": iso(shift.end),
            "needed": needed,
            "scenario": found.scenario(shift.start, view.instant.at),
        }
        over = [name for name, count in arrivals.items() if beyond(count, shift, grid) is not None]
        if over:
            row[BEYOND] = over
        return {**row, **_covered(cover(view, unit, shift), needed)}

    def arrivals(self, shift: Shift, found: Demand) -> dict[str, float] | None:
        """Arrivals by scenario; None when the forecast does not tell of the shift."""
        told = {scenario: found.arrivals(shift, scenario) for scenario in SCENARIOS}
        known = {scenario: count for scenario, count in told.items() if count is not None}
        return known if len(known) == len(told) else None

    def _minutes(self, view: View, name: str) -> timedelta:
        return int(self.files.policies.value(name, at=view.instant.at).number) * MINUTE


def _covered(found: Cover, needed: Mapping[str, int]) -> Mapping[str, Json]:
    # Where the roster tells nothing of a shift, its cover is left out: it is not known to be nobody.
    if not found.known:
        return {}
    rostered = len(found.rostered)
    return {
        "rostered": rostered,
        "called_out": len(found.out),
        "float_free": found.free,
        **({CALLED: found.called.accepted, COMING: found.called.coming} if found.called.accepted else {}),
        "gap": {name: rostered - count for name, count in needed.items()},
    }


def _empty(unit: str) -> Prediction:
    return unsaid(TARGET, unit, About(unit=unit))
