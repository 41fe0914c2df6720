"""Nurses and their shifts: three twelve-hour shifts a week on one line, days or nights, and who calls out."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from wardwise.demo.arrivals import surge_of
from wardwise.demo.chance import stream
from wardwise.demo.person import CANARY, FAMILIES
from wardwise.demo.setting import Place, Setting
from wardwise.hospital.shift import Shift, ShiftPattern

DAYS = 28
PATIENTS_A_NURSE = {"ed": 2.6, "ward": 5.0, "icu": 2.0}
AT_NIGHT = 0.85  # of the day's nurses
FLOAT_NURSES = 4
CALLS_OUT = 0.025
REASONS = ("sick", "family", "sick child", "injury")


@dataclass(frozen=True, slots=True)
class Nurse:
    """One member of staff, invented."""

    id: str
    name: str
    unit: Place
    skills: tuple[str, ...]
    contract: str
    hours: int


@dataclass(frozen=True, slots=True)
class Duty:
    """One nurse on one shift."""

    nurse: Nurse
    shift: Shift


@dataclass(frozen=True, slots=True)
class CallOut:
    """A nurse who will not come, and when that became known."""

    duty: Duty
    at: datetime
    reason: str


def wanted(place: Place, pattern: ShiftPattern) -> int:
    """How many nurses a unit plans for a shift: beds by nine in ten, or the float pool's own number."""
    if place.kind == "float-pool":
        full = FLOAT_NURSES
    else:
        full = ceil(len(place.beds) * 0.95 / PATIENTS_A_NURSE.get(place.kind, 5.0))
    return full if 5 <= pattern.starts.hour < 12 else max(round(full * AT_NIGHT), 1)


def roster(setting: Setting) -> list[Duty]:
    """Every duty of 28 days from the day before the start, in order of shift, unit and nurse."""
    first = setting.first_day - timedelta(days=1)
    lines = [
        (pattern, nurses)
        for place in setting.places
        for number, pattern in enumerate(setting.shifts)
        for nurses in [_line(setting, place, pattern, number=number)]
    ]
    return [
        Duty(nurse, pattern.on(day, setting.zone))
        for day in (first + timedelta(days=n) for n in range(DAYS + 1))
        for pattern, nurses in lines
        for nurse in _on(nurses, day)
    ]


def staff(setting: Setting) -> list[Nurse]:
    """Everybody who stands on the roster, by id."""
    known = {duty.nurse.id: duty.nurse for duty in roster(setting)}
    return [known[key] for key in sorted(known)]


def call_outs(setting: Setting, duties: list[Duty]) -> list[CallOut]:
    """Who calls out two to five hours before a shift; on the evening of the surge two ED nurses do for certain."""
    surge = surge_of(setting)
    found = []
    unlucky = 0
    for duty in duties:
        rng = stream(setting.seed, "calls", duty.nurse.id, duty.shift.key)
        during = surge.start <= duty.shift.start <= surge.start + timedelta(hours=6)
        certain = duty.nurse.unit.kind == "ed" and during and unlucky < 2
        unlucky += certain
        at = duty.shift.start - timedelta(minutes=rng.randint(120, 300))
        if (certain or rng.random() < CALLS_OUT) and setting.start <= at < setting.end:
            found.append(CallOut(duty, at, rng.choice(REASONS)))
    return sorted(found, key=lambda out: (out.at, out.duty.nurse.id))


def _line(setting: Setting, place: Place, pattern: ShiftPattern, *, number: int) -> list[Nurse]:
    # Each works three days of seven, so a line needs seven thirds of what a shift wants.
    size = ceil(wanted(place, pattern) * 7 / 3)
    rng = stream(setting.seed, "nurses", place.id, number)
    cross = ("med-surg",) if place.skill != "med-surg" else ()
    return [
        Nurse(
            id=f"ZZN-{place.id.upper()}-{pattern.name[:1].upper()}{n + 1:02d}",
            name=f"{CANARY}{rng.choice(FAMILIES)}",
            unit=place,
            skills=(place.skill, *(cross if rng.random() < 0.6 else ())),
            contract=rng.choice(("full-time", "full-time", "full-time", "part-time")),
            hours=36,
        )
        for n in range(size)
    ]


def _on(nurses: list[Nurse], day: date) -> list[Nurse]:
    return [nurse for n, nurse in enumerate(nurses) if (day.toordinal() + n * 7 // len(nurses)) % 7 < 3]
