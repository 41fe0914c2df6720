"""A feed that repeats by batch what another told live: the two are compared for each day."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from wardwise.sites.broken import Path, Problem, unresolved
from wardwise.sites.fields import Kind, Name, Slug
from wardwise.sites.two_sources import SINGLE_FACTS, Agreement

# What tells one fact of a kind from others of its day, beside its time; names of keys and of the payload.
SUBJECTS: dict[str, tuple[str, ...]] = {
    "stay.arrived": ("encounter",),
    "stay.admitted": ("encounter",),
    "stay.transferred": ("encounter",),
    "stay.discharged": ("encounter",),
    "sign.measured": ("encounter", "code"),
    "lab.resulted": ("encounter", "code"),
    "order.placed": ("encounter", "code"),
    "case.booked": ("case",),
    "shift.assigned": ("staff",),
    "shift.called_out": ("staff",),
    "shift.clocked_in": ("staff",),
    "shift.clocked_out": ("staff",),
}
PLACES = ("unit", "bed")
# Said of the source's own writing, or of what came before the day: no disagreement about the fact.
NOT_SAID = frozenset({"original_value", "original_measure", "from_unit", "starts"})
_AHEAD = timedelta(days=62)  # shifts and cases are told so long before their day


def kinds_of_fact(kind: str) -> tuple[str, ...]:
    """The kinds by which a fact is told: a case that was booked may have been changed since."""
    return (kind, "case.changed") if kind == "case.booked" else (kind,)


class Repeats(BaseModel, frozen=True, extra="forbid"):
    """Facts of these kinds come from `live` as they happen, and from `batch` once more.

    A local day is compared `complete_hours` after its end, when its batch is there. Facts of one subject at most
    `agrees.within_minutes` apart are one fact; shifts and cases by when they begin. `fields` are what is compared
    (`unit`, `bed`, names of the payload); without them all that both tell. `agrees.share` and `agrees.count` say how
    many facts may differ or be missing in a day.
    """

    live: Slug = Field(description="the feed that tells at once")
    batch: Slug = Field(description="the feed that tells it once more, by batch")
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1, description="the kinds of events compared")]
    complete_hours: Annotated[int, Field(ge=0, le=240, description="hours after a day until its batch is there")] = 12
    fields: tuple[Name, ...] = ()
    agrees: Agreement = Agreement(within_minutes=60)

    @property
    def single_facts(self) -> frozenset[str]:
        """The kinds that would count twice if both were believed: the batch is kept beside them."""
        return frozenset(self.kinds).intersection(SINGLE_FACTS)

    def lookbacks(self) -> Iterator[tuple[str, timedelta]]:
        """How far back each kind is looked at: four days that are complete, and what was told ahead of them."""
        days = timedelta(days=4, hours=self.complete_hours, minutes=self.agrees.within_minutes)
        for kind in self.kinds:
            ahead = kind.startswith(("shift.", "case."))
            for told in kinds_of_fact(kind):
                yield told, days + (_AHEAD if ahead else timedelta())
            if kind.startswith("stay."):
                yield "stay.cancelled", days

    def problems(self, at: Path, known: frozenset[str]) -> Iterator[Problem]:
        """Feeds that are none or the same, kinds that cannot be compared."""
        for key in ("live", "batch"):
            if getattr(self, key) not in known:
                yield unresolved((*at, key), getattr(self, key), "feed", known=known)
        if self.live == self.batch:
            yield Problem((*at, "batch"), "is the same feed as `live`", "Name two different feeds")
        for index, kind in enumerate(self.kinds):
            if kind not in SUBJECTS:
                what = f"`{kind}` has nothing that tells one of a day from another in two feeds"
                yield Problem((*at, "kinds", index), what, f"Choose from: {', '.join(SUBJECTS)}")
            elif kind in self.kinds[:index]:
                yield Problem((*at, "kinds", index), f"`{kind}` stands twice", "Remove one of the two")
