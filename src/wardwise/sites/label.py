"""Labels: what a workflow learns from or is judged by, as it shows in events, and what must hold for it to be one."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from wardwise.sites.fields import Kind, Name, Share, Slug, Text


class Happens(BaseModel, frozen=True, extra="forbid"):
    """An event of a kind about the same visit; `where` narrows it to values of its payload."""

    kind: Kind = Field(description="the kind of event, such as stay.admitted")
    where: Mapping[Name, str] = {}


class Label(BaseModel, frozen=True, extra="forbid"):
    """For each event of kind `of`: did `happens` follow within `within_hours`?

    `settled_by` is the kind that answers no (a discharge, say); a case with neither has no answer. `second` defines the
    same in another way. `missing`, `late` and `differ` are the shares tolerated of cases without an answer, of answers
    told more than `late_hours` after they happened, of cases on which the two definitions differ. `moves` is by how
    much the share of yes of a unit and month has to lie from the months before to matter.
    """

    name: Slug = Field(description="a short name in lower case, such as admitted-from-ed")
    says: Text = Field(description="what it is to reflect")
    of: Kind = Field(description="the kind of event that makes a case, such as stay.arrived")
    happens: Happens
    within_hours: Annotated[int, Field(ge=1, le=720, description="hours in which it has to happen")]
    settled_by: Kind | None = None
    second: Happens | None = None
    missing: Share = Decimal("0.05")
    late_hours: Annotated[int, Field(ge=1, le=720)] = 24
    late: Share = Decimal("0.1")
    differ: Share = Decimal("0.05")
    moves: Share = Decimal("0.1")

    @property
    def kinds(self) -> frozenset[str]:
        """Every kind of event it looks at."""
        named = {self.of, self.happens.kind, self.settled_by, self.second.kind if self.second else None}
        return frozenset(kind for kind in named if kind)
