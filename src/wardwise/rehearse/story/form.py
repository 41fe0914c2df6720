"""How a story is written down: what was charted and told, when wardwise is asked, what it must say.

    story: Breathing faster than the chart allows
    given:
      - 06:00 4a/12 admitted, 71 years
      - 08:00 4a/12 respiratory rate 26, saturation 93, oxygen, systolic 105, pulse 112, alert, temperature 38.2
    when: 08:01
    then:
      - {for: 4a/12, advice: high, owner: charge-nurse, summary: NEWS2, act_by: 08:31, tier: rule}
    later:                      # the same patients, further on
      - {when: 08:20, then: [{for: 4a/12, advice: high, delivered: withheld, because: repeat}]}

Times are local to the site, on `day` unless a line says `yesterday`, `next day` or `3 days before`. A line that ends
in `, told 09:30` reached wardwise only then. `facts.py` lists the sentences; a line may also be a whole event:
`{at: 08:00, kind: prediction.made, unit: ed, payload: {...}}`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from wardwise.loop.capture.canonical import Json
from wardwise.sites.document import read_yaml
from wardwise.sites.fields import Day, Kind, Slug, Text
from wardwise.sites.site import Mode
from wardwise.sites.tree import Tree

A_MONDAY = date(2026, 3, 2)


class AnyEvent(BaseModel, frozen=True, extra="forbid"):
    """An event for which there is no sentence; places without their site, people and encounters by any word."""

    at: Text = Field(description="when it happened, as 08:00")
    kind: Kind = Field(description="the kind of event")
    unit: Slug | None = None
    bed: Slug | None = None
    patient: Text | None = None
    encounter: Text | None = None
    staff: Text | None = None
    payload: Mapping[str, Any] = {}


class Expected(BaseModel, frozen=True, extra="forbid"):
    """What must be said of a place: a bed, a unit, or with no `for` anything at all.

    `advice` is the state advised upon, or none. `ended` is said of advice on that place that holds no longer, or none
    where all of it still does. `prediction` holds keys of the output that must have these values.
    """

    place: Text | None = Field(default=None, alias="for")
    advice: Text | None = None
    ended: Text | None = None
    delivered: Text | None = None
    because: Text | None = None
    owner: Slug | None = None
    indicator: Slug | None = None
    summary: Text | None = None
    reasons: tuple[Text, ...] = ()
    uncertainty: Text | None = None
    act_by: Text | None = None
    tier: Slug | None = None
    prediction: Mapping[str, Any] = {}


class Step(BaseModel, frozen=True, extra="forbid"):
    """What is told, when wardwise is asked, and what it must say then."""

    given: tuple[Text | AnyEvent, ...] = ()
    when: Text = Field(description="when wardwise is asked, as 08:05")
    then: tuple[Expected, ...] = Field(min_length=1, description="what it must say")


class Story(Step, frozen=True, extra="forbid"):
    """One case. `model: trained` first makes the workflow's model from what is given and publishes it."""

    story: Text = Field(description="what the case shows, in one sentence")
    day: Day = A_MONDAY
    mode: Mode = Mode.DECISION_SUPPORT
    model: Text | None = None
    later: tuple[Step, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps in order."""
        return (Step(given=self.given, when=self.when, then=self.then), *self.later)


def read_story(file: Path) -> Story:
    """The story of a file; raises BrokenFiles, one line for each problem."""
    return read_yaml(file, Story)


def as_json(value: Tree) -> Json:
    """A value as events hold it: fractions as text."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    return [as_json(each) for each in value] if isinstance(value, list) else value
