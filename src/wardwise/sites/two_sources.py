"""Two sources for one fact: which feeds tell of it, which is preferred, and when what they say agrees."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from wardwise.sites.broken import Path, Problem
from wardwise.sites.fields import Minutes, Share, Slug

SINGLE_FACTS = ("sign.measured", "lab.resulted")  # each stands by itself; shifts are folded from all sources
STAYS = "stays"  # everything told of stays: taken apart, one source's transfers would move the other's patients
MOVES = ("stay.admitted", "stay.transferred", "stay.discharged")  # without one of these a census fills or empties


def tells(pair: str, kind: str) -> bool:
    """Whether a kind of event belongs to what a pair is declared for."""
    return kind.startswith("stay.") if pair == STAYS else kind == pair


class Agreement(BaseModel, frozen=True, extra="forbid"):
    """Facts of one patient and code at most `within_minutes` apart tell the same where their values differ by
    `tolerance` at most, in the fact's own measure, or their words are equal. `share` of them may differ.
    """

    within_minutes: Minutes = 10
    tolerance: Annotated[Decimal, Field(ge=0, description="by how much values may differ")] = Decimal(0)
    share: Share = Field(default=Decimal("0.1"), description="the share of compared facts that may differ")
    count: Annotated[int, Field(ge=1, description="how many must differ before it counts")] = 5


class TwoSources(BaseModel, frozen=True, extra="forbid"):
    """What two feeds tell of, the preferred first: a kind of fact, or all `stays`. The second is kept and stands by."""

    kind: Annotated[str, Field(description="the kind of event, such as sign.measured, or stays")]
    feeds: Annotated[tuple[Slug, ...], Field(min_length=2, max_length=2, description="two feeds, the preferred first")]
    agrees: Agreement = Agreement()

    @property
    def second(self) -> str:
        """The feed that stands by."""
        return self.feeds[1]

    @property
    def promised(self) -> tuple[str, ...]:
        """The kinds of event that either feed has to promise in its contract."""
        return MOVES if self.kind == STAYS else (self.kind,)

    def tells(self, kind: str) -> bool:
        """Whether a kind of event is told by the two."""
        return tells(self.kind, kind)

    def problems(self, at: Path, known: frozenset[str]) -> Iterator[Problem]:
        """Feeds that are none or the same, and kinds that cannot be arbitrated."""
        if self.kind.startswith("stay."):
            what = f"`{self.kind}` alone would leave the rest of each stay to both feeds"
            yield Problem((*at, "kind"), what, f"Write `kind: {STAYS}`, for all that is told of stays")
        elif self.kind not in (STAYS, *SINGLE_FACTS):
            what = f"`{self.kind[:40]}` is nothing that can have a second source"
            yield Problem((*at, "kind"), what, f"Choose from: {', '.join((STAYS, *SINGLE_FACTS))}")
        for index, name in enumerate(self.feeds):
            if name not in known:
                yield Problem((*at, "feeds", index), f"`{name}` is none of the feeds", "Name two feeds of this site")
        if self.feeds[0] == self.feeds[1]:
            yield Problem((*at, "feeds", 1), f"`{self.feeds[1]}` stands twice", "Name two different feeds")
