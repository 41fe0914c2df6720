"""A feature row in the score's words: the inputs with their ages, those too old to count, and the score of the rest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from wardwise.hospital.moment import iso
from wardwise.loop.capture.canonical import Json
from wardwise.workflows.deterioration.features import column
from wardwise.workflows.deterioration.news2 import INPUTS, Missing, Score, Spo2Scale, news2

Row = Mapping[str, Any]
MaxAge = Mapping[str, timedelta]


@dataclass(frozen=True, slots=True)
class Input:
    """One input as last seen: its value, when it was measured, how many whole minutes before, and its event."""

    code: str
    value: Decimal | str
    at: datetime
    age_min: int
    event: str

    @property
    def text(self) -> str:
        """The value as charted: `97`, `36.4`, `alert`."""
        return self.value if isinstance(self.value, str) else format(self.value.normalize(), "f")

    def spelled(self) -> Mapping[str, Json]:
        """The input as a payload holds it."""
        return {"value": self.text, "at": iso(self.at), "age_min": self.age_min, "event": self.event}


def inputs_of(row: Row, *, prefix: str = "") -> tuple[Input, ...]:
    """What was seen of the seven inputs, in the chart's order; `prefix` chooses the set of four hours before."""
    return tuple(_inputs(row, prefix))


def score_of(inputs: tuple[Input, ...], row: Row, *, then: datetime, max_age: MaxAge) -> Score:
    """The score of the inputs that are not too old at `then`; an age of exactly the limit still counts."""
    old = {each.code: Missing.OLD for each in inputs if then - each.at > max_age[each.code]}
    counted = [each for each in inputs if each.code not in old]
    return news2(
        {each.code: each.value for each in counted},
        scale=Spo2Scale(row["spo2_scale"] or Spo2Scale.ONE),
        missing=old,
        as_of=min((each.at for each in counted), default=None),
    )


def _inputs(row: Row, prefix: str) -> Iterator[Input]:
    for code in INPUTS:
        name = prefix + column(code)
        value = row[name]
        if value is not None:
            # The shortest spelling of a binary fraction is the decimal that was charted.
            exact = value if isinstance(value, str) else Decimal(repr(value))
            yield Input(code, exact, row[f"{name}_at"], row[f"{name}_age_min"], row[f"{name}_event"])
