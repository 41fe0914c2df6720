"""The rules of a contract's fields, held against the newest events: missing, range, codes, measure."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

import polars as pl

from wardwise.govern.data.finding import MOST_EXAMPLES, Finding, Sort
from wardwise.govern.data.slices import recorded, recorded_after
from wardwise.loop.derive.frame import column
from wardwise.loop.derive.view import View
from wardwise.sites.contract import Contract, ContractField, NullRule, Provided, Type

WITHIN, DAY = timedelta(hours=1), timedelta(days=1)
LEAST_EVENTS = 20
MISSING, RANGE, CODES, MEASURE = "missing", "range", "codes", "measure"
_SORTS = {MISSING: Sort.SCHEMA, RANGE: Sort.VALUES, CODES: Sort.SEMANTIC, MEASURE: Sort.SEMANTIC}
_SAYS = {
    MISSING: "the contract promises it always",
    RANGE: "outside the range the contract gives",
    CODES: "a code the contract does not list",
    MEASURE: "not in the measure the contract gives",
}


def field_findings(view: View, contract: Contract, kinds: AbstractSet[str] | None = None) -> Iterator[Finding]:
    """A finding for each rule of each field, of these kinds or all: found, cleared, or neither."""
    for provided in contract.provides:
        if provided.fields and (kinds is None or provided.kind in kinds):
            events = recorded(view, provided.kind, view.instant.at - DAY, feed=contract.feed)
            yield from kind_findings(contract, provided, sample(events, view.instant.at))


def sample(events: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """The events of the last hour, or the newest twenty of the day where an hour brings fewer."""
    return events.tail(max(recorded_after(events, at - WITHIN).height, LEAST_EVENTS))


def kind_findings(contract: Contract, provided: Provided, events: pl.DataFrame) -> Iterator[Finding]:
    """The findings of one kind of event in a sample of its events."""
    names = set(events.columns)
    asked = [
        (field, rule, _subject(provided, field), test)
        for field in provided.fields
        if column(field.name) in names
        for rule, test in _rules(field, names)
    ]
    if not asked or not events.height:
        return
    marks = events.select(
        *(_applies(field, names).alias(f"of{n}") for n, (field, _, _, _) in enumerate(asked)),
        *((_applies(field, names) & test).alias(f"bad{n}") for n, (field, _, _, test) in enumerate(asked)),
    )
    totals = marks.sum().row(0, named=True)
    for number, (field, rule, subject, _) in enumerate(asked):
        total, count = totals[f"of{number}"] or 0, totals[f"bad{number}"] or 0
        if total:
            ids = events["id"].filter(marks[f"bad{number}"]).tail(MOST_EXAMPLES).to_list() if count else []
            counted = (int(count), int(total), tuple(ids))
            yield _finding(contract, provided.kind, field, rule=rule, subject=subject, counted=counted)


def _finding(
    contract: Contract,
    kind: str,
    field: ContractField,
    *,
    rule: str,
    subject: str,
    counted: tuple[int, int, tuple[str, ...]],
) -> Finding:
    count, total, ids = counted
    share, tolerated = count / total, float(contract.tolerates.share)
    return Finding(
        feed=contract.feed,
        rule=rule,
        sort=_SORTS[rule],
        subject=subject,
        event=kind,
        field=field.name,
        what=f"{subject}: {count} of the last {total} are {_SAYS[rule]}"
        if rule != MISSING
        else f"{subject}: absent in {count} of the last {total}; {_SAYS[rule]}",
        count=count,
        share=share,
        examples=ids,
        found=count >= contract.tolerates.count and share >= tolerated,
        cleared=share < tolerated / 2,
    )


def _subject(provided: Provided, field: ContractField) -> str:
    groups = ", ".join(field.when.values())
    return f"{provided.kind} {field.name}{f' [{groups}]' if groups else ''}"


def _applies(field: ContractField, names: set[str]) -> pl.Expr:
    applies = pl.lit(value=True)
    for name, value in field.when.items():
        if column(name) in names:
            applies = applies & (pl.col(column(name)) == value).fill_null(value=False)
    return applies


def _rules(field: ContractField, names: set[str]) -> Iterator[tuple[str, pl.Expr]]:
    value = pl.col(column(field.name))
    if field.required or field.null is NullRule.REFUSE:
        yield MISSING, value.is_null()
    if field.codes:
        yield CODES, ~value.is_in(list(field.codes)).fill_null(value=True)
    if field.type not in {Type.DECIMAL, Type.INTEGER}:
        return
    outside = _outside(field, value)
    if outside is not None:
        yield RANGE, outside.fill_null(value=False)
    if field.ucum and {"ucum", "original_value"} <= names:
        other = (pl.col("ucum") != field.ucum).fill_null(value=False)
        yield MEASURE, other | (value.is_null() & pl.col("original_value").is_not_null())


def _outside(field: ContractField, value: pl.Expr) -> pl.Expr | None:
    below = None if field.lowest is None else value < float(field.lowest)
    above = None if field.highest is None else value > float(field.highest)
    if below is None or above is None:
        return below if above is None else above
    return below | above
