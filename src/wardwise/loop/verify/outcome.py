"""What came true, joined to what was said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from wardwise.loop.capture.canonical import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A measure over `[start, end)`; value and expected are decimal texts in the measure's own terms."""

    value: str | None
    expected: str | None
    start: datetime
    end: datetime
    detail: Mapping[str, Json] = field(default_factory=dict)
