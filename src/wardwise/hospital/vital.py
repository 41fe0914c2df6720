"""Vital signs: their names, measures and the range outside which a value cannot be a measurement."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Vital:
    """One vital sign; `lowest` and `highest` bound what a living adult can show, in `ucum`."""

    code: str
    title: str
    ucum: str
    lowest: Decimal
    highest: Decimal

    def plausible(self, value: Decimal) -> bool:
        """Whether a value in this vital's measure can be a measurement at all."""
        return self.lowest <= value <= self.highest


def _vital(code: str, title: str, ucum: str, *, within: tuple[str, str]) -> Vital:
    return Vital(code, title, ucum, Decimal(within[0]), Decimal(within[1]))


# Bounds are wide on purpose: they separate a slipped decimal or a wrong measure from a very sick patient. A pulse of
# 0 is below them: a feed says 0 for asystole and for a lead that fell off alike. An arrest is answered by the arrest
# call and not by a score, and a fallen lead must not score three points; so it is kept, flagged and never scored.
# No breath for a minute is within them: that is seen in the living, and charted so.
VITALS: dict[str, Vital] = {
    vital.code: vital
    for vital in (
        _vital("respiratory-rate", "Respiratory rate", "/min", within=("0", "90")),
        _vital("spo2", "Oxygen saturation", "%", within=("20", "100")),
        _vital("systolic", "Systolic blood pressure", "mm[Hg]", within=("20", "320")),
        _vital("diastolic", "Diastolic blood pressure", "mm[Hg]", within=("5", "220")),
        _vital("pulse", "Pulse", "/min", within=("10", "320")),
        _vital("temperature", "Temperature", "Cel", within=("20.0", "45.0")),
    )
}

# Vital signs told in words rather than numbers, and the words they may take.
OBSERVED_WORDS: dict[str, tuple[str, ...]] = {
    "consciousness": ("alert", "confusion", "voice", "pain", "unresponsive"),
    "oxygen": ("air", "oxygen"),
}


def celsius(fahrenheit: Decimal) -> Decimal:
    """Degrees Celsius of degrees Fahrenheit, to 0.1 (half away from zero as bedside charts do)."""
    return ((fahrenheit - 32) * 5 / 9).quantize(Decimal("0.1"), rounding="ROUND_HALF_UP")
