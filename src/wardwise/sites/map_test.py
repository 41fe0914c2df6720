"""Tests of a mapping, written by the people who know the feed: a message in, the events expected of it.

`<mapping>.test.yaml` stands beside the mapping it tests; its messages are invented, never a patient's.
`mapping` names another file beside it, if not that of the same name. Zone, units and charset are those of the site
whose folder it stands in; elsewhere `site` gives them. Each test has a `name`, a `message` (HL7 v2 a segment a line, or
the content of a file) and what comes of it: `events`, or `quarantined` with its code, or `ignored` with the reason.
`set_aside` lists the codes of parts that were not read while the rest was. `then` gives messages that follow, for
corrections and repeats; `received_at` is when the message came (its own MSH-7 if left out).

An event shows only what the test cares for: `kind`, `occurred_at` in local time, `patient`, `encounter`, `staff` as
`authority|identifier`, `unit`, `bed`, `status`, `flags` (those that must be there), fields of the `payload`; `without`
lists what must be absent (`replaces` too). Of the events of a test none may be left out. `replaces: 1` says that it
supersedes the test's first event.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from wardwise.sites.broken import Problem, wrong
from wardwise.sites.fields import Charset, FileName, Kind, Name, Slug, Text, Texts, Zone

ENDING = ".test.yaml"


def _exact(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _moment(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise wrong(f"`{text[:40]}` is not a time", "Write local time as `2026-03-01 04:00`") from None
    return text


Shown = Decimal | str | bool | tuple[str, ...] | None
Value = Annotated[Shown, BeforeValidator(_exact)]
Moment = Annotated[str, AfterValidator(_moment)]
Message = Annotated[str, Field(min_length=1, max_length=200_000)]


class ExpectedEvent(BaseModel, frozen=True, extra="forbid"):
    """One event as far as the test cares."""

    kind: Kind = Field(description="the kind of event, such as stay.admitted")
    occurred_at: Moment | None = None
    patient: Text | None = None
    encounter: Text | None = None
    staff: Text | None = None
    unit: Slug | None = None
    bed: Annotated[str, Field(max_length=40, coerce_numbers_to_str=True)] | None = None
    status: Name | None = None
    flags: Texts = ()
    payload: Mapping[Name, Value] = {}
    without: Texts = ()
    replaces: int | None = Field(default=None, ge=1)


class Step(BaseModel, frozen=True, extra="forbid"):
    """A message and what comes of it."""

    message: Message = Field(description="the message, a segment a line")
    encoded: Charset = "utf-8"
    received_at: Moment | None = None
    events: tuple[ExpectedEvent, ...] | None = None
    quarantined: Text | None = None
    ignored: Text | None = None
    set_aside: Texts = ()

    def problems(self) -> Iterator[Problem]:
        """A message without an outcome, or with two."""
        given = [key for key in ("events", "quarantined", "ignored") if getattr(self, key) is not None]
        if len(given) != 1:
            remedy = "Give `events`, or `quarantined` with its code, or `ignored` with its reason"
            yield Problem((), f"says {len(given)} outcomes", remedy)


class MapTest(Step, frozen=True, extra="forbid"):
    """A named test: one message, or several one after the other."""

    name: Text = Field(description="what must hold, in a sentence")
    then: tuple[Step, ...] = ()

    def problems(self) -> Iterator[Problem]:
        """What is wrong with any of its messages."""
        yield from super().problems()
        for index, step in enumerate(self.then):
            yield from (problem.under("then", index) for problem in step.problems())

    @property
    def steps(self) -> tuple[tuple[Step, tuple[str | int, ...]], ...]:
        """Every message with its path below the test."""
        return ((self, ()), *((step, ("then", index)) for index, step in enumerate(self.then)))


class Surroundings(BaseModel, frozen=True, extra="forbid"):
    """What a mapping that belongs to no site is read with."""

    zone: Zone = Field(description="the zone of its local times, such as Europe/Berlin")
    units: tuple[Slug, ...] = Field(min_length=1, description="the units of the site")
    charset: Charset = "utf-8"


class MapTests(BaseModel, frozen=True, extra="forbid"):
    """A file of tests of one mapping."""

    title: Text | None = None
    mapping: FileName | None = None
    site: Surroundings | None = None
    received_at: Moment | None = None
    tests: Annotated[tuple[MapTest, ...], Field(min_length=1, description="the tests, each with a name")]

    def problems(self) -> Iterator[Problem]:
        """What is wrong with any of its tests."""
        names: set[str] = set()
        for index, test in enumerate(self.tests):
            yield from (problem.under("tests", index) for problem in test.problems())
            if test.name in names:
                yield Problem(("tests", index, "name"), "stands twice", "Give each test a name of its own")
            names.add(test.name)

    def mapping_beside(self, file: Path) -> Path:
        """The mapping that a file of tests is about."""
        return file.parent / (self.mapping or file.name.removesuffix(ENDING) + ".yaml")
