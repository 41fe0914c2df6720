"""NEWS2 as published, on values already chosen; no clock, no log, no site.

Royal College of Physicians. National Early Warning Score (NEWS) 2: Standardising the assessment of acute-illness
severity in the NHS. London: RCP, 2017. The chart and its weights must not be altered, so they stand here and not in
a policy. Rounding before scoring: temperature to 0.1 degrees, all else to whole numbers, halves upwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum, StrEnum

from wardwise.hospital.vital import OBSERVED_WORDS, VITALS

VARIANT = "news2-rcp-2017"
CITATION = "Royal College of Physicians, National Early Warning Score (NEWS) 2, London 2017"

RESPIRATORY_RATE = "respiratory-rate"
SPO2 = "spo2"
OXYGEN = "oxygen"
SYSTOLIC = "systolic"
PULSE = "pulse"
CONSCIOUSNESS = "consciousness"
TEMPERATURE = "temperature"
INPUTS = (RESPIRATORY_RATE, SPO2, OXYGEN, SYSTOLIC, PULSE, CONSCIOUSNESS, TEMPERATURE)

# (highest value of the band, its points), in rising order; None: no upper end.
Bands = tuple[tuple[Decimal | None, int], ...]


def _bands(*pairs: tuple[str | None, int]) -> Bands:
    return tuple((None if top is None else Decimal(top), points) for top, points in pairs)


_CHART: dict[str, Bands] = {
    RESPIRATORY_RATE: _bands(("8", 3), ("11", 1), ("20", 0), ("24", 2), (None, 3)),
    SYSTOLIC: _bands(("90", 3), ("100", 2), ("110", 1), ("219", 0), (None, 3)),
    PULSE: _bands(("40", 3), ("50", 1), ("90", 0), ("110", 1), ("130", 2), (None, 3)),
    TEMPERATURE: _bands(("35.0", 3), ("36.0", 1), ("38.0", 0), ("39.0", 1), (None, 2)),
}
_SPO2_SCALE_1 = _bands(("91", 3), ("93", 2), ("95", 1), (None, 0))
_SPO2_SCALE_2_AIR = _bands(("83", 3), ("85", 2), ("87", 1), (None, 0))
_SPO2_SCALE_2_OXYGEN = _bands(("83", 3), ("85", 2), ("87", 1), ("92", 0), ("94", 1), ("96", 2), (None, 3))
_OXYGEN_POINTS = {"air": 0, "oxygen": 2}
_ALERT = "alert"


class Spo2Scale(IntEnum):
    """Scale 2 only where a clinician ordered it: hypercapnic respiratory failure, target 88-92%."""

    ONE = 1
    TWO = 2


class Band(StrEnum):
    """The thresholds of the chart, lowest first; LOW_MEDIUM is a single 3 in a total below 5."""

    NONE = "none"
    LOW = "low"
    LOW_MEDIUM = "low-medium"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 for the lowest band, rising."""
        return tuple(Band).index(self)


class Missing(StrEnum):
    """Why an input did not count."""

    NEVER = "never-measured"
    OLD = "too-old"
    IMPLAUSIBLE = "implausible"


@dataclass(frozen=True, slots=True)
class Score:
    """`score` and `band` are None while any input is missing: incomplete is never 0.

    `components` holds the points of the inputs that counted, `partial` their sum: the least the score can be.
    `as_of` is when the oldest input that counted was measured.
    """

    score: int | None
    band: Band | None
    partial: int
    components: Mapping[str, int]
    missing: Mapping[str, Missing]
    as_of: datetime | None
    variant: str
    citation: str = CITATION


def news2(
    values: Mapping[str, Decimal | str],
    *,
    scale: Spo2Scale = Spo2Scale.ONE,
    missing: Mapping[str, Missing] | None = None,
    as_of: datetime | None = None,
) -> Score:
    """The score of the seven inputs by their codes: numbers in the measure of hospital.vital, or words.

    `missing` names inputs the caller left out and why; an input that is absent without a reason was never measured.
    """
    usable = {code: value for code, value in values.items() if code in INPUTS and _plausible(code, value)}
    why = {code: _why(code, values, missing or {}) for code in INPUTS if code not in usable}
    components = {code: _points(code, usable, scale) for code in INPUTS if _decidable(code, usable, scale)}
    partial = sum(components.values())
    complete = not why
    return Score(
        score=partial if complete else None,
        band=band_of(components) if complete else None,
        partial=partial,
        components=components,
        missing=why,
        as_of=as_of,
        variant=f"{VARIANT}/spo2-scale-{scale.value}",
    )


def band_of(components: Mapping[str, int]) -> Band:
    """The band of a set of points; of an incomplete set, the least band the patient can be in."""
    total = sum(components.values())
    if total >= 7:
        return Band.HIGH
    if total >= 5:
        return Band.MEDIUM
    if 3 in components.values():
        return Band.LOW_MEDIUM
    return Band.LOW if total else Band.NONE


def _plausible(code: str, value: Decimal | str) -> bool:
    if isinstance(value, str):
        return value in OBSERVED_WORDS.get(code, ())
    return code in VITALS and value.is_finite() and VITALS[code].plausible(value)


def _why(code: str, values: Mapping[str, Decimal | str], missing: Mapping[str, Missing]) -> Missing:
    return Missing.IMPLAUSIBLE if code in values else missing.get(code, Missing.NEVER)


def _decidable(code: str, usable: Mapping[str, Decimal | str], scale: Spo2Scale) -> bool:
    # On scale 2 the upper bands depend on whether the patient is on oxygen; 92% and below do not.
    if code == SPO2 and code in usable and scale is Spo2Scale.TWO and OXYGEN not in usable:
        return _rounded(SPO2, usable[SPO2]) <= 92
    return code in usable


def _points(code: str, usable: Mapping[str, Decimal | str], scale: Spo2Scale) -> int:
    value = usable[code]
    if code == CONSCIOUSNESS:
        return 0 if value == _ALERT else 3
    if code == OXYGEN:
        return _OXYGEN_POINTS[str(value)]
    bands = _spo2_bands(scale, usable.get(OXYGEN)) if code == SPO2 else _CHART[code]
    return _in(bands, _rounded(code, value))


def _spo2_bands(scale: Spo2Scale, oxygen: Decimal | str | None) -> Bands:
    if scale is Spo2Scale.ONE:
        return _SPO2_SCALE_1
    return _SPO2_SCALE_2_OXYGEN if oxygen == "oxygen" else _SPO2_SCALE_2_AIR


def _rounded(code: str, value: Decimal | str) -> Decimal:
    step = Decimal("0.1") if code == TEMPERATURE else Decimal(1)
    return Decimal(value).quantize(step, rounding=ROUND_HALF_UP)


def _in(bands: Bands, value: Decimal) -> int:
    return next(points for top, points in bands if top is None or value <= top)
