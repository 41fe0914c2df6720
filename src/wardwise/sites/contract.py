"""Feed contracts (the producer's promise) and needs (the consumer's demand), and where the two do not meet."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field, RootModel

from wardwise.hospital.role import Role
from wardwise.sites.broken import Path, Problem, nearest
from wardwise.sites.fields import Kind, KindOf, Minutes, Name, Slug, Text, Ucum
from wardwise.sites.label import Label
from wardwise.sites.review import Review
from wardwise.sites.watch import Tolerance, Watch


class Type(StrEnum):
    """The types of fields."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    TIME = "time"
    DATE = "date"
    LIST = "list"
    OBJECT = "object"


class NullRule(StrEnum):
    """What an absent or null field means: a breach, not known, or keep what was said before."""

    REFUSE = "refuse"
    UNKNOWN = "unknown"
    KEEP = "keep"


class Fallback(StrEnum):
    """The rung of the ladder that stands in when the feed does not deliver."""

    REDUCED = "reduced"
    RULE = "rule"
    LAST_KNOWN = "last-known"
    PASSIVE = "passive"
    NONE = "none"


class Day(StrEnum):
    """Days of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class ContractField(BaseModel, frozen=True, extra="forbid"):
    """What a field of an event's payload promises to be. `when` narrows the range to a payload whose
    field has a value (`{code: pulse}`). Bounds are included, in `ucum`.
    """

    name: Name = Field(description="the field of the payload")
    type: Type = Field(description="text, integer, decimal, boolean, time, date, list or object")
    required: bool = False
    ucum: Ucum | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None
    codes: tuple[str, ...] = ()
    when: Mapping[Name, str] = {}
    null: NullRule = NullRule.UNKNOWN


class Provided(BaseModel, frozen=True, extra="forbid"):
    """A kind of event the feed provides."""

    kind: Kind = Field(description="the kind of event, such as stay.admitted")
    fields: tuple[ContractField, ...] = ()


class Hours(BaseModel, frozen=True, extra="forbid"):
    """Hours of the week with a rhythm of their own: local hours from (included) to (not included)."""

    days: tuple[Day, ...] = tuple(Day)
    first_hour: Annotated[int, Field(ge=0, le=23)] = Field(alias="from", description="the first hour, 0 to 23")
    end_hour: Annotated[int, Field(ge=1, le=24)] = Field(alias="to", description="the hour it ends, 1 to 24")
    cadence_minutes: Minutes = Field(description="how often data come in these hours")
    silent_after_minutes: Minutes = Field(description="how long silence is normal in these hours")

    def hold_at(self, local: datetime) -> bool:
        """Whether a local time is within these hours."""
        return tuple(Day)[local.weekday()] in self.days and self.first_hour <= local.hour < self.end_hour


class Contract(BaseModel, frozen=True, extra="forbid"):
    """The producer's promise. `within_minutes`: how old a fact is at most when it reaches us.

    With `silence_floor_minutes` the silence allowed is learnt from the feed's own rhythm by hour of the week, never
    below this floor and never above what is declared. `stewards` are the roles that may speak for the steward: they
    judge samples and take a drift for the new normal.
    """

    feed: Slug = Field(description="the feed's name")
    version: int = Field(ge=1, description="raised with every change")
    owner: Text = Field(description="who answers for the source system")
    steward: Text = Field(description="who answers for the meaning of the data")
    stewards: tuple[Role, ...] = ()
    source_system: Text | None = None
    within_minutes: Minutes = Field(description="how old a fact is at most when it reaches us")
    cadence_minutes: Minutes = Field(description="how often data come")
    silent_after_minutes: Minutes = Field(description="after how long without a word the feed counts as silent")
    silence_floor_minutes: Minutes | None = None
    hours: tuple[Hours, ...] = ()
    provides: Annotated[tuple[Provided, ...], Field(min_length=1, description="the kinds of event it provides")]
    tolerates: Tolerance = Tolerance()
    watches: tuple[Watch, ...] = ()
    review: Review | None = None
    labels: tuple[Label, ...] = ()
    fallback: Fallback = Field(description="reduced, rule, last-known, passive or none")
    fallback_note: Text | None = None

    def silent_after(self, local: datetime) -> int:
        """Minutes without a word after which the feed counts as silent, at a local time; the first hours that hold."""
        return next((h.silent_after_minutes for h in self.hours if h.hold_at(local)), self.silent_after_minutes)

    def cadence(self, local: datetime) -> int:
        """Minutes between deliveries to be expected at a local time."""
        return next((h.cadence_minutes for h in self.hours if h.hold_at(local)), self.cadence_minutes)

    def provided(self, kind: str) -> Provided | None:
        """What it promises of a kind."""
        return next((each for each in self.provides if each.kind == kind), None)

    def named_kinds(self) -> Iterator[tuple[Path, str]]:
        """Each kind and where it stands."""
        for index, provided in enumerate(self.provides):
            yield ("provides", index, "kind"), provided.kind
        for index, label in enumerate(self.labels):
            yield from ((("labels", index), kind) for kind in sorted(label.kinds))

    def problems(self) -> Iterator[Problem]:
        """Silence shorter than the cadence, hours and ranges the wrong way round, doubles."""
        yield from self._silences()
        for index, hours in enumerate(self.hours):
            if hours.end_hour <= hours.first_hour:
                yield Problem(("hours", index, "to"), "is not after `from`", "Split hours over midnight in two")
        kinds: set[str] = set()
        for index, provided in enumerate(self.provides):
            if provided.kind in kinds:
                yield Problem(("provides", index, "kind"), f"`{provided.kind}` stands twice", "Join the two")
            kinds.add(provided.kind)
            for number, field in enumerate(provided.fields):
                yield from (p.under("provides", index, "fields", number) for p in _field(field, provided))
        for index, watch in enumerate(self.watches):
            yield from (problem.under("watches", index) for problem in _watch(watch, self))
        if self.review is not None:
            yield from self._review(self.review)
        yield from self._labels()

    def _labels(self) -> Iterator[Problem]:
        names, known = [label.name for label in self.labels], [each.kind for each in self.provides]
        for index, label in enumerate(self.labels):
            if label.name in names[:index]:
                yield Problem(("labels", index, "name"), f"`{label.name}` stands twice", "Give it another name")
            if label.of not in known:
                what = f"`{label.of}` is not provided by this feed"
                yield Problem(("labels", index, "of"), what, nearest(label.of, known))

    def _review(self, review: Review) -> Iterator[Problem]:
        yield from (problem.under("review") for problem in review.problems())
        if not self.stewards:
            what = "asks for samples that nobody may judge"
            yield Problem(("review",), what, "Name the roles that may in `stewards`, such as [data-steward]")
        known = [each.kind for each in self.provides]
        for index, kind in enumerate(review.kinds):
            if kind not in known:
                path = ("review", "kinds", index)
                yield Problem(path, f"`{kind}` is not provided by this feed", nearest(kind, known))

    def _silences(self) -> Iterator[Problem]:
        if self.silent_after_minutes < self.cadence_minutes:
            what = f"is shorter than the cadence of {self.cadence_minutes} minutes, so the feed would always be silent"
            yield Problem(("silent_after_minutes",), what, "Lengthen it, best to several times the cadence")
        if self.silence_floor_minutes is not None and self.silence_floor_minutes > self.silent_after_minutes:
            what = f"is longer than the silence of {self.silent_after_minutes} minutes declared"
            yield Problem(("silence_floor_minutes",), what, "Shorten it, or leave it out and nothing is learnt")


def _field(field: ContractField, provided: Provided) -> Iterator[Problem]:
    if field.lowest is not None and field.highest is not None and field.highest < field.lowest:
        yield Problem(("highest",), "is below `lowest`", "Correct one of the two")
    bounded = field.lowest is not None or field.highest is not None
    if bounded and field.type not in {Type.DECIMAL, Type.INTEGER}:
        yield Problem(
            ("type",), f"is {field.type}, which has no range", "Make it decimal or integer, or drop the range"
        )
    if sum(each.name == field.name and each.when == field.when for each in provided.fields) > 1:
        yield Problem(("name",), f"`{field.name}` stands twice", "Join the two, or tell them apart by `when`")


def _watch(watch: Watch, contract: Contract) -> Iterator[Problem]:
    provided = contract.provided(watch.kind)
    if provided is None:
        known = [each.kind for each in contract.provides]
        yield Problem(("kind",), f"`{watch.kind}` is not provided by this feed", nearest(watch.kind, known))
        return
    promised = sorted({field.name for field in provided.fields})
    for key in ("field", "by"):
        name = getattr(watch, key)
        if name is not None and name not in promised:
            yield Problem((key,), f"`{name}` is not promised for `{watch.kind}`", nearest(name, promised))


class Need(BaseModel, frozen=True, extra="forbid"):
    """A demand: events of a kind, with these fields, at most so old, and why. `prediction.made/census` is a
    demand on another workflow's events.
    """

    kind: KindOf = Field(description="the kind of event, such as stay.arrived")
    feed: Slug | None = None
    within_minutes: Minutes = Field(description="how old the newest may be")
    fields: tuple[Name, ...] = ()
    optional: bool = False
    why: Text = Field(description="what it is used for")

    @property
    def workflow(self) -> str | None:
        """The workflow whose events are demanded, if it is not a feed's."""
        return self.kind.partition("/")[2] or None


class Needs(RootModel[tuple[Need, ...]], frozen=True):
    """needs.yaml: a list of needs."""


def unmet(needs: Needs, contracts: Mapping[str, Contract], *, workflows: frozenset[str]) -> list[Problem]:
    """Every need that neither a contract nor a workflow of the site meets; optional needs are passed over."""
    found: list[Problem] = []
    for index, need in enumerate(needs.root):
        if need.optional:
            continue
        problem = _of_workflow(need, workflows) if need.workflow else _of_feeds(need, contracts)
        if problem is not None:
            found.append(problem.under(index))
    return found


def _of_workflow(need: Need, workflows: frozenset[str]) -> Problem | None:
    if need.workflow in workflows:
        return None
    what = f"demands events of the workflow `{need.workflow}`, which this site does not run"
    return Problem(("kind",), what, f"Add it to the site's `workflows`. {nearest(need.workflow or '', workflows)}")


def _of_feeds(need: Need, contracts: Mapping[str, Contract]) -> Problem | None:
    if need.feed is not None and need.feed not in contracts:
        what = f"demands the feed `{need.feed}`, which has no contract here"
        return Problem(("feed",), what, nearest(need.feed, contracts))
    asked = [contracts[need.feed]] if need.feed else [contracts[name] for name in sorted(contracts)]
    offers = [(contract, contract.provided(need.kind)) for contract in asked]
    misses = [_miss(need, contract, offer) for contract, offer in offers if offer is not None]
    if not misses:
        return Problem(
            ("kind",), f"`{need.kind}` is promised by no contract", "Add it to a feed's contract and mapping"
        )
    return None if None in misses else misses[0]


def _miss(need: Need, contract: Contract, offer: Provided) -> Problem | None:
    promised = {field.name for field in offer.fields}
    absent = [name for name in need.fields if name not in promised]
    if absent:
        what = f"the contract of `{contract.feed}` does not promise {', '.join(f'`{name}`' for name in absent)}"
        return Problem(("fields",), what, f"Add it to `{need.kind}` there, or do without it")
    if contract.within_minutes > need.within_minutes:
        what = f"wants data of {need.within_minutes} minutes at most, the contract of `{contract.feed}` promises "
        remedy = "Agree on a faster feed, or relax the need"
        return Problem(("within_minutes",), f"{what}{contract.within_minutes}", remedy)
    return None
