"""Traps between the parts of a file: a column rounded in one part, absent in another, days that one part leaves out."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from wardwise.govern.data.files.sheet import LINE, Sheet
from wardwise.govern.data.files.trap import MOST_LINES, Trap
from wardwise.govern.data.finding import Sort
from wardwise.learn.drift.weighted import Weighted

COARSE, FINE = 0.95, 0.5  # share of whole numbers in a part that is rounded, and at most in one that is not
LEAST_ROWS = 30
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def rounded(sheet: Sheet) -> Iterator[Trap]:
    """Columns of decimals that some parts of the file give as whole numbers only, and others do not."""
    for column in sheet.numeric():
        shares = {part: _whole(sheet.number(column.name).filter(chosen)) for part, chosen in _parts(sheet).items()}
        known = {part: share for part, share in shares.items() if share is not None}
        if not any(share <= FINE for share in known.values()):
            continue
        for part, share in known.items():
            if share >= COARSE:
                values = sheet.number(column.name).filter(_parts(sheet)[part]).drop_nulls()
                low, high = float(values.min() or 0), float(values.max() or 0)  # type: ignore[arg-type]
                what = f"in {part} the column is rounded to whole numbers ({low:g} to {high:g}), elsewhere it is not"
                yield _trap(sheet, "rounded", column.name, what, part, count=len(values))


def absent(sheet: Sheet) -> Iterator[Trap]:
    """Columns that some parts of the file fill and others leave out."""
    parts = _parts(sheet)
    for name in sheet.names:
        texts = sheet.said(name)
        empty = [part for part, chosen in parts.items() if texts.filter(chosen).is_null().all()]
        if empty and len(empty) < len(parts):
            what = f"empty in {', '.join(empty)}, filled in the other {len(parts) - len(empty)}"
            yield _trap(sheet, "columns-differ", name, what, empty[0], count=len(empty), sort=Sort.SCHEMA)


def calendar(sheet: Sheet) -> Iterator[Trap]:
    """Parts of the file that leave out days of the week which others have, and days missing in the midst of a part."""
    name = sheet.contract.calendar
    if name is None or name not in sheet.names:
        return
    days = sheet.said(name).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    parts = _parts(sheet) or {"the file": pl.Series([True] * len(days))}
    seen = {part: days.filter(chosen).drop_nulls() for part, chosen in parts.items()}
    every = sorted({day for found in seen.values() for day in found.dt.weekday().unique().to_list()})
    for part, found in seen.items():
        here = set(found.dt.weekday().unique().to_list())
        gone = [WEEKDAYS[day - 1] for day in every if day not in here]
        if gone and found.n_unique() >= 14:
            what = f"{part} has no {' and no '.join(gone)}, which other parts have"
            yield _trap(sheet, "weekdays-only", name, what, part, count=len(gone), sort=Sort.SEMANTIC)
        elif found.len():
            yield from _gaps(sheet, name, part, found)


def _gaps(sheet: Sheet, name: str, part: str, days: pl.Series) -> Iterator[Trap]:
    first, last = days.min(), days.max()
    whole = pl.Series(pl.select(pl.date_range(first, last))[:, 0])  # type: ignore[arg-type]
    gone = whole.filter(~whole.is_in(days.unique().implode()))
    if len(gone):
        what = f"{part} lacks {len(gone)} of {len(whole)} days, the first {gone[0]}"
        yield _trap(sheet, "calendar-gap", name, what, part, count=len(gone))


def _whole(values: pl.Series) -> float | None:
    counted = values.drop_nulls().alias("v").value_counts()
    if counted.height == 0 or counted["count"].sum() < LEAST_ROWS:
        return None
    return Weighted.of(dict(counted.iter_rows())).share_on(1.0)


def _parts(sheet: Sheet) -> Mapping[str, pl.Series]:
    name = sheet.contract.period
    if name is None or name not in sheet.names:
        return {}
    texts = sheet.said(name)
    return {str(part): texts == part for part in texts.drop_nulls().unique(maintain_order=True).to_list()}


def _trap(sheet: Sheet, rule: str, column: str, what: str, part: str, **more: Any) -> Trap:
    chosen = _parts(sheet).get(part)
    lines = sheet.text[LINE].filter(chosen.fill_null(value=False)).head(1).to_list() if chosen is not None else []
    sort = more.pop("sort", Sort.VALUES)
    return Trap(rule=rule, sort=sort, column=column, what=what, lines=tuple(lines[:MOST_LINES]), **more)
