"""Sample review: how many of a feed's events people hold against the chart, how often, and what they may say."""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from wardwise.sites.broken import Problem
from wardwise.sites.fields import Kind, Share, Slug, Text


class Judgement(StrEnum):
    """What a person found when an event was held against the chart."""

    RIGHT = "right"
    WRONG = "wrong"
    CANNOT_TELL = "cannot-tell"


class ReviewReason(BaseModel, frozen=True, extra="forbid"):
    """Why an event is wrong, or why nobody can tell."""

    code: Slug = Field(description="a short name in lower case")
    text: Text = Field(description="the words in the list")
    judgement: Judgement = Field(description="wrong or cannot-tell")


SEED_REVIEW_REASONS = (
    ReviewReason(code="wrong-value", text="The value is another", judgement=Judgement.WRONG),
    ReviewReason(code="wrong-code", text="The code does not mean what was done", judgement=Judgement.WRONG),
    ReviewReason(code="wrong-person", text="It belongs to somebody else", judgement=Judgement.WRONG),
    ReviewReason(code="wrong-place", text="The unit or bed is another", judgement=Judgement.WRONG),
    ReviewReason(code="wrong-time", text="The time is another", judgement=Judgement.WRONG),
    ReviewReason(code="never-happened", text="It never happened", judgement=Judgement.WRONG),
    ReviewReason(code="not-charted", text="The chart says nothing of it", judgement=Judgement.CANNOT_TELL),
    ReviewReason(code="no-access", text="I may not open the chart", judgement=Judgement.CANNOT_TELL),
)


class Review(BaseModel, frozen=True, extra="forbid"):
    """A sample of `size` events every `every_days` local days; `tolerates` is the share of them that may be wrong.

    `kinds` narrows the sample; empty means every kind the contract provides.
    """

    every_days: Annotated[int, Field(ge=1, le=31, description="days between two samples")]
    size: Annotated[int, Field(ge=1, le=200, description="events in a sample")]
    tolerates: Share = Field(default=Decimal("0.05"), description="the share of a sample that may be wrong")
    kinds: tuple[Kind, ...] = ()
    reasons: Annotated[tuple[ReviewReason, ...], Field(min_length=1)] = SEED_REVIEW_REASONS

    def reason(self, code: str) -> ReviewReason | None:
        """The reason of a code."""
        return next((each for each in self.reasons if each.code == code), None)

    def problems(self) -> Iterator[Problem]:
        """Reasons named twice, or that say an event is right."""
        codes: set[str] = set()
        for index, each in enumerate(self.reasons):
            if each.code in codes:
                yield Problem(("reasons", index, "code"), f"`{each.code}` is already taken", "Give it another one")
            codes.add(each.code)
            if each.judgement is Judgement.RIGHT:
                yield Problem(("reasons", index, "judgement"), "is right, which needs no reason", "Remove the reason")
