"""A contract in words: what operations and technical owners both read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wardwise.govern.data.reader_of import readers_of, reading_feed
from wardwise.loop.declare.workflow import Workflow
from wardwise.sites.contract import Contract, ContractField, NullRule
from wardwise.sites.load import SiteFolder

_NULLS = {
    NullRule.REFUSE: "never absent: an event without it breaks the contract",
    NullRule.UNKNOWN: "may be absent: then it is not known",
    NullRule.KEEP: "may be absent: then what was said before stands",
}


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of one kind of event, in words."""

    name: str
    when: str
    type: str
    bounds: str
    absent: str
    readers: str


@dataclass(frozen=True, slots=True)
class KindLines:
    """One kind of event the feed provides."""

    kind: str
    readers: str
    fields: tuple[FieldLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractSheet:
    """One feed's contract; `facts` and `rhythm` are labels with sentences."""

    feed: str
    version: int
    facts: tuple[tuple[str, str], ...]
    rhythm: tuple[tuple[str, str], ...]
    kinds: tuple[KindLines, ...]
    watches: tuple[str, ...]
    readers: tuple[str, ...]


def contract_sheets(folder: SiteFolder, workflows: Mapping[str, Workflow]) -> list[ContractSheet]:
    """The sheet of every contract of a site, in the order of its feeds."""
    known = [feed.name for feed in folder.site.feeds if feed.name in folder.contracts]
    return [_sheet(folder, folder.contracts[name], workflows) for name in known]


def _sheet(folder: SiteFolder, contract: Contract, workflows: Mapping[str, Workflow]) -> ContractSheet:
    feed = folder.site.feed(contract.feed)
    facts: tuple[tuple[str, str], ...] = (
        ("Source system", contract.source_system or "not said"),
        ("Owner", contract.owner),
        ("Data steward", contract.steward),
        ("Freshness class", feed.freshness.value if feed else "not said"),
        ("When it fails", f"{contract.fallback.value}. {contract.fallback_note or ''}".strip()),
        ("Tolerated", f"fewer than {contract.tolerates.count} events, or {contract.tolerates.share:%} of them"),
        *_review(contract),
    )
    return ContractSheet(
        feed=contract.feed,
        version=contract.version,
        facts=facts,
        rhythm=_rhythm(contract),
        kinds=tuple(_kind(contract, each.kind, workflows) for each in contract.provides),
        watches=tuple(each.says for each in contract.watches),
        readers=reading_feed(workflows, contract.feed, [each.kind for each in contract.provides]),
    )


def _review(contract: Contract) -> Iterator[tuple[str, str]]:
    if contract.stewards:
        yield "May speak for the steward", ", ".join(role.spoken.lower() for role in contract.stewards)
    review = contract.review
    if review is not None:
        every = "day" if review.every_days == 1 else f"{review.every_days} days"
        of = f" of {', '.join(review.kinds)}" if review.kinds else ""
        asked = f"{review.size} events{of} every {every}; at most {review.tolerates:.0%} of them wrong"
        yield "Held against the chart", asked
    for label in contract.labels:
        second = f"; also told by {label.second.kind}" if label.second else ""
        told = f"{label.says}: {label.happens.kind} within {label.within_hours} h of {label.of}{second}"
        yield f"Label {label.name}", told


def _rhythm(contract: Contract) -> tuple[tuple[str, str], ...]:
    always = f"every {contract.cadence_minutes} min; silent after {contract.silent_after_minutes} min"
    lines = [("A fact is told", f"within {contract.within_minutes} min"), ("Data come", always)]
    for each in contract.hours:
        days = "every day" if len(each.days) == 7 else ", ".join(day.value for day in each.days)
        when = f"{each.first_hour}:00 to {each.end_hour}:00, {days}"
        lines.append((when, f"every {each.cadence_minutes} min; silent after {each.silent_after_minutes} min"))
    return tuple(lines)


def _kind(contract: Contract, kind: str, workflows: Mapping[str, Workflow]) -> KindLines:
    provided = contract.provided(kind)
    fields = provided.fields if provided else ()
    lines = tuple(_field(contract.feed, kind, each, workflows) for each in fields)
    return KindLines(kind, ", ".join(readers_of(workflows, contract.feed, kind)), lines)


def _field(feed: str, kind: str, field: ContractField, workflows: Mapping[str, Workflow]) -> FieldLine:
    read_by = ", ".join(readers_of(workflows, feed, kind, field.name))
    when = ", ".join(f"{name} is {value}" for name, value in field.when.items())
    return FieldLine(field.name, when, field.type.value, _bounds(field), _NULLS[field.null], read_by)


def _bounds(field: ContractField) -> str:
    parts = []
    if field.lowest is not None and field.highest is not None:
        parts.append(f"{field.lowest} to {field.highest}")
    elif field.lowest is not None or field.highest is not None:
        parts.append(f"at least {field.lowest}" if field.lowest is not None else f"at most {field.highest}")
    if field.ucum:
        parts.append(f"in {field.ucum}")
    if field.codes:
        parts.append(f"one of {', '.join(field.codes)}")
    return " ".join(parts)
