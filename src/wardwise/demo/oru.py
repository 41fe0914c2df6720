"""Observations and laboratory results told in HL7 v2 ORU^R01."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from wardwise.demo.adt import location, patient
from wardwise.demo.chance import stream
from wardwise.demo.course import Signs
from wardwise.demo.hl7_text import Letter, parts, plain, segment, zoned
from wardwise.demo.person import CANARY
from wardwise.demo.rounds import BEFORE, sets
from wardwise.demo.setting import Setting
from wardwise.demo.stay import Spot, Stay

FAHRENHEIT = {"ed": "[degF]", "4a": "degF", "4b": "degF"}  # these units chart in Fahrenheit, each with its own spelling
WORDS = {"A": "Alert", "C": "Confusion", "V": "Voice"}
NOTED = 0.03  # share of sets with a typed note
MORNING = 0.6  # share of inpatients with morning bloods
Result = tuple[str, str, str, str]  # code and title, value, measure, abnormal flag
# LOINC code, title, value when well, change when gravely ill, spread, measure, digits, normal range
LABS = (
    ("6690-2", "WBC", 7.6, 9.0, 1.6, "K/uL", 1, (4.0, 11.0)),
    ("718-7", "Hemoglobin", 12.9, -1.2, 1.3, "g/dL", 1, (12.0, 17.0)),
    ("2160-0", "Creatinine", 0.95, 1.0, 0.2, "mg/dL", 2, (0.6, 1.3)),
    ("2951-2", "Sodium", 138.5, -2.0, 2.4, "mmol/L", 0, (135, 145)),
    ("2524-7", "Lactate", 1.2, 3.4, 0.3, "mmol/L", 1, (0.5, 2.0)),
)


@dataclass(frozen=True, slots=True)
class _Panel:
    code: str
    title: str
    number: int
    results: tuple[Result, ...]
    note: str = ""


def letters(setting: Setting, stay: Stay) -> Iterator[Letter]:
    """Every set of signs and every blood result of a stay; what was before the start is told at the start."""
    rng = stream(setting.seed, "chart", stay.plan.number)
    for number, seen in enumerate(sets(setting, stay)):
        note = f"{CANARY} seen at bed side | family & friends here" if rng.random() < NOTED else ""
        panel = _Panel("VS", "Vital signs", number, tuple(_signs(seen.signs, seen.spot)), note)
        if panel.results:
            yield _letter(setting, stay, panel, spot=seen.spot, times=(seen.at, seen.at + _charting(rng)))
    for number, (at, spot) in enumerate(_drawn(setting, rng, stay)):
        panel = _Panel("LAB", "Blood panel", number, tuple(_bloods(rng, stay.plan.course.level(at))))
        told = at + timedelta(minutes=rng.randint(35, 95))
        yield _letter(setting, stay, panel, spot=spot, times=(at, told))


def _letter(setting: Setting, stay: Stay, panel: _Panel, *, spot: Spot, times: tuple[datetime, datetime]) -> Letter:
    taken, told = times
    at = zoned(setting, taken)
    filler = f"{panel.code}{stay.plan.number}-{panel.number}"
    kind = "I" if stay.plan.first and spot.unit != setting.ed.id else "E"
    visit = parts(stay.visit, "", "", setting.sender[1], "VN")
    segments = [
        patient(setting, stay, taken),
        segment("PV1", {1: "1", 2: kind, 3: location(spot, setting.sender[1]), 19: visit}),
        segment("OBR", {1: "1", 3: filler, 4: parts(panel.code, panel.title, "L"), 7: at, 25: "F"}),
    ]
    for place, (code, value, measure, flag) in enumerate(panel.results, start=1):
        shape = "NM" if measure else "ST"
        fields = {1: str(place), 2: shape, 3: code, 5: plain(value), 6: plain(measure), 8: flag, 11: "F", 14: at}
        segments.append(segment("OBX", fields))
    if panel.note:
        segments.append(segment("NTE", {1: "1", 2: "L", 3: plain(panel.note)}))
    return Letter(max(told, setting.start), taken, "oru", ("ORU", "R01"), stay.visit, tuple(segments))


def _charting(rng: Random) -> timedelta:
    return timedelta(seconds=int(min(20 + rng.expovariate(1 / 110), 540)))


def _signs(found: Signs, spot: Spot) -> Iterator[Result]:
    numbers = (
        ("9279-1^Respiratory rate^LN", found.respiratory, "/min"),
        ("59408-5^SpO2^LN", found.spo2, "%"),
        ("8480-6^Systolic^LN", found.systolic, "mmHg"),
        ("8462-4^Diastolic^LN", found.diastolic, "mm[Hg]"),
        ("8867-4^Pulse^LN", found.pulse, "bpm"),
    )
    for code, value, measure in numbers:
        if value is not None:
            yield code, str(value), measure, ""
    if found.oxygen is not None:
        yield "OXYGEN^Oxygen^L", "Nasal cannula" if found.oxygen else "Room air", "", ""
    if found.consciousness is not None:
        yield "80288-4^Consciousness^LN", WORDS[found.consciousness], "", ""
    if found.temperature is not None:
        yield "8310-5^Temperature^LN", *_heat(found.temperature, FAHRENHEIT.get(spot.unit)), ""


def _heat(celsius: Decimal, fahrenheit: str | None) -> tuple[str, str]:
    if fahrenheit is None:
        return str(celsius), "Cel"
    return str((celsius * 9 / 5 + 32).quantize(Decimal("0.1"))), fahrenheit


def _drawn(setting: Setting, rng: Random, stay: Stay) -> Iterator[tuple[datetime, Spot]]:
    if not stay.plan.elective and (stay.plan.first or stay.plan.acuity <= 3):
        yield from _here(setting, stay, stay.plan.comes + timedelta(minutes=rng.randint(25, 60)))
    first = setting.local(setting.start).replace(hour=5, minute=0, second=0, microsecond=0)
    for day in range(setting.days + 1):
        if rng.random() < MORNING:
            at = first + timedelta(days=day, minutes=rng.randrange(100))
            yield from (one for one in _here(setting, stay, at) if one[1].unit != setting.ed.id)


def _here(setting: Setting, stay: Stay, at: datetime) -> Iterator[tuple[datetime, Spot]]:
    spot = stay.spot_at(at)
    if spot is not None and setting.start - BEFORE <= at < setting.end:
        yield at, spot


def _bloods(rng: Random, level: float) -> Iterator[Result]:
    for code, title, well, change, spread, measure, digits, (low, high) in LABS:
        value = max(rng.gauss(well + change * level, spread), 0.3)
        flag = "L" if value < low else "H" if value > high else ""
        yield f"{code}^{title}^LN", f"{value:.{digits}f}", measure, flag
