"""Where a value stands in a message: `PV1-3.1`, `PID-3(2).4.1`, `OBX(3)-5`."""

import dataclasses
import re

from wardwise.feeds.hl7v2.errors import BadAddress

FORM = re.compile(
    r"([A-Z][A-Z0-9]{2})(?:\(([1-9]\d{0,3})\))?"
    r"-([1-9]\d{0,3})(?:\(([1-9]\d{0,3})\))?"
    r"(?:\.([1-9]\d{0,3})(?:\.([1-9]\d{0,3}))?)?",
    re.ASCII,
)
SHOWN = 40


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """All counts begin at 1; component 0 means the whole repetition, subcomponent 0 the whole component."""

    segment: str
    field: int
    component: int = 0
    subcomponent: int = 0
    repetition: int = 1
    occurrence: int = 1
    key: bytes = dataclasses.field(init=False, repr=False, compare=False)
    shallow: bool = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.segment.encode("ascii", "replace"))
        object.__setattr__(self, "shallow", self.repetition == 1 and not self.subcomponent)

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read `SEG(n)-F(r).C.S`; what is left out is 1 for (n) and (r) and the whole for C and S."""
        found = FORM.fullmatch(text)
        if found is None:
            raise BadAddress(text=text[:SHOWN], what="it does not have the form SEG(n)-F(r).C.S")
        occurrence, place, repetition, component, subcomponent = (
            int(number) if number else 0 for number in found.groups()[1:]
        )
        return cls(
            segment=found[1],
            field=place,
            component=component,
            subcomponent=subcomponent,
            repetition=repetition or 1,
            occurrence=occurrence or 1,
        )

    def __str__(self) -> str:
        occurrence = f"({self.occurrence})" if self.occurrence > 1 else ""
        repetition = f"({self.repetition})" if self.repetition > 1 else ""
        component = f".{self.component}" if self.component else ""
        subcomponent = f".{self.subcomponent}" if self.subcomponent else ""
        return f"{self.segment}{occurrence}-{self.field}{repetition}{component}{subcomponent}"
