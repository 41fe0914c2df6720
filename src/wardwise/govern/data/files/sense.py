"""Traps of sense: ranges, zeros, relations between columns, doubled keys, rows that are the total of the others."""

from collections.abc import Iterator

import polars as pl

from wardwise.govern.data.files.sheet import Sheet
from wardwise.govern.data.files.trap import Trap
from wardwise.govern.data.finding import Sort
from wardwise.sites.file_contract import Column

LEAST_PART = 0.25  # of a whole: rows larger than this may be totals
CLOSE = 0.2  # how far a total may lie from the sum of its parts
MOST_WHOLES = 0.5  # share of wholes in which a label must be a total
_MOST_NAMED = 6


def ranges(sheet: Sheet) -> Iterator[Trap]:
    """Numbers outside the contract's range, zeros where there can be none, codes it does not list."""
    for column in sheet.numeric():
        values = sheet.number(column.name)
        outside = _outside(column, values)
        if outside is not None and outside.any():
            what = f"{outside.sum()} values lie outside the contract's range"
            yield _trap(sheet, "range", column.name, what, outside)
        zero = values == 0
        if column.never_zero and zero.any():
            yield _trap(sheet, "zero", column.name, f"{zero.sum()} rows hold a zero, which cannot be", zero)
    for column in sheet.present:
        if column.codes:
            said = sheet.said(column.name)
            other = ~said.is_in(list(column.codes)) & said.is_not_null()
            if other.any():
                what = f"{other.sum()} rows hold a code that the contract does not list"
                yield _trap(sheet, "codes", column.name, what, other, sort=Sort.SEMANTIC)


def relations(sheet: Sheet) -> Iterator[Trap]:
    """Numbers that exceed the column they may not exceed."""
    for column in sheet.numeric():
        if column.at_most and column.at_most in sheet.names:
            above = sheet.number(column.name) > sheet.number(column.at_most)
            if above.any():
                yield _trap(sheet, "exceeds", column.name, f"{above.sum()} rows exceed {column.at_most}", above)


def keys(sheet: Sheet) -> Iterator[Trap]:
    """Rows that share their key with another."""
    names = [name for name in sheet.contract.key if name in sheet.names]
    if names:
        doubled = sheet.text.select(names).is_duplicated()
        if doubled.any():
            what = f"{doubled.sum()} rows share their key with another row"
            yield _trap(sheet, "key-doubled", ", ".join(names), what, doubled)


def totals(sheet: Sheet) -> Iterator[Trap]:
    """Labels whose rows hold about the sum of all smaller rows of the same whole: counted in, they double it."""
    rule = sheet.contract.adds_up
    if rule is None or not {rule.column, rule.within, *rule.label} <= set(sheet.names):
        return
    rows = pl.DataFrame(
        {
            "whole": sheet.said(rule.within),
            "label": sheet.text.select(
                pl.concat_str([pl.col(name).fill_null("") for name in rule.label], separator=" ")
            )[:, 0],
            "value": sheet.number(rule.column),
        }
    ).with_row_index("row")
    marked = _marked(rows)
    labels = marked.group_by("label").agg(pl.col("total").mean().alias("share"), pl.len().alias("n"))
    found = labels.filter(pl.col("share") >= MOST_WHOLES).sort("n", descending=True)
    if found.height:
        chosen = rows["label"].is_in(found["label"].to_list())
        told = ", ".join(f"`{label}` {n}" for label, n in found.select("label", "n").head(_MOST_NAMED).iter_rows())
        what = f"{chosen.sum()} rows are about the sum of the others, so a plain sum is doubled: {told}"
        yield _trap(sheet, "total-rows", rule.label[0], what, chosen, sort=Sort.SEMANTIC)


def _marked(rows: pl.DataFrame) -> pl.DataFrame:
    """Each row with whether it is about the sum of its whole's smaller rows."""
    largest = pl.col("value").max().over("whole")
    parts = pl.when(pl.col("value") < LEAST_PART * largest).then("value").sum().over("whole")
    many = (pl.col("value") < LEAST_PART * largest).sum().over("whole")
    total = (pl.col("value") >= LEAST_PART * largest) & (many >= 3) & ((pl.col("value") - parts).abs() <= CLOSE * parts)
    return rows.with_columns(total.fill_null(value=False).alias("total"))


def _outside(column: Column, values: pl.Series) -> pl.Series | None:
    below = values < float(column.lowest) if column.lowest is not None else None
    above = values > float(column.highest) if column.highest is not None else None
    if below is None or above is None:
        return below if above is None else above
    return below | above


def _trap(sheet: Sheet, rule: str, column: str, what: str, chosen: pl.Series, *, sort: Sort = Sort.VALUES) -> Trap:
    count, lines = int(chosen.sum()), sheet.lines(chosen)
    return Trap(rule=rule, sort=sort, column=column, what=what, count=count, lines=lines)
