"""What a contract watches for: how much may be broken before it counts, and which fields must keep their meaning."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from wardwise.sites.fields import Kind, Name, Share


class Reading(StrEnum):
    """How a watched field is read: as numbers, as codes, or as the measures its source states."""

    NUMBER = "number"
    CODE = "code"
    MEASURE = "measure"


class Drift(StrEnum):
    """The findings of semantic drift, in the order they are told."""

    LEVEL = "level"  # values lie elsewhere: another unit, another code, another device
    OUTLYING = "outlying"  # some people's values lie where none did
    ROUNDED = "rounded"  # digits were cut off
    FINER = "finer"  # digits appeared
    NEW = "new-code"
    GONE = "code-gone"
    MOVED = "mix"  # the shares of the codes have shifted
    MEASURE = "new-measure"  # the source states another measure; whether it is converted is the mapping's matter


class AcceptReason(StrEnum):
    """Why a drift is the new normal."""

    DEVICE = "new-device"
    MEASURE = "new-measure"
    CODES = "new-codes"
    PATIENTS = "other-patients"
    WORK = "other-work"
    CHANCE = "no-change"


REPORTED_ONLY = frozenset({Drift.ROUNDED, Drift.FINER, Drift.NEW, Drift.MOVED, Drift.MEASURE})


class Tolerance(BaseModel, frozen=True, extra="forbid"):
    """How much of an hour may break a rule: `share` of its events, and always up to `count - 1` of them."""

    share: Share = Field(default=Decimal("0.05"), description="the share of an hour's events that may break a rule")
    count: Annotated[int, Field(ge=1, description="how many must break a rule before it counts")] = 5


class Watch(BaseModel, frozen=True, extra="forbid"):
    """A field whose meaning must not change, read as numbers, codes or measures; `by` tells groups apart.

    `steps_down` names the findings on which dependent workflows step down their ladder; the others are reported.
    Left out: those that make a number wrong (level, outlying, a code gone).
    """

    kind: Kind = Field(description="the kind of event, such as sign.measured")
    field: Name = Field(description="the field of the payload")
    read: Reading = Field(description="number, code or measure")
    by: Name | None = None
    steps_down: tuple[Drift, ...] = tuple(each for each in Drift if each not in REPORTED_ONLY)

    @property
    def says(self) -> str:
        """`lab.resulted value, read as numbers, by code; steps down on level, outlying, code-gone`."""
        by = f", by {self.by}" if self.by else ""
        acts = ", ".join(self.steps_down) if self.steps_down else "nothing"
        return f"{self.kind} {self.field}, read as {self.read.value}s{by}; steps down on {acts}"
