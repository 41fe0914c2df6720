"""Traps of form: columns, charset, words for missing, junk among numbers, times written in several ways."""

from collections.abc import Iterator

import polars as pl

from wardwise.govern.data.files.sheet import NUMBER, Sheet, shapes
from wardwise.govern.data.files.trap import Trap
from wardwise.govern.data.finding import Sort
from wardwise.sites.contract import Type

WORDS_FOR_MISSING = ("?", "NA", "N/A", "n/a", "-", "--", ".", "null", "NULL", "nan", "NaN", "#N/A", "#REF!", "#VALUE!")
DECIMAL_COMMA = r"^[+-]?\d+,\d+$"
_MOST_SHAPES = 4


def columns(sheet: Sheet) -> Iterator[Trap]:
    """Columns that are gone or new; required ones that are empty somewhere."""
    promised = [column.name for column in sheet.contract.columns]
    gone = [name for name in promised if name not in sheet.names]
    new = [name for name in sheet.names if name not in promised]
    for rule, names, says in (
        ("column-gone", gone, "is not in the file"),
        ("column-new", new, "is not in the contract"),
    ):
        for name in names:
            yield Trap(rule=rule, sort=Sort.SCHEMA, column=name, what=f"the column {says}", count=1)
    for column in sheet.present:
        empty = sheet.said(column.name).is_null()
        if column.required and empty.any():
            what = f"{empty.sum()} of {len(empty)} rows say nothing, though the contract promises it always"
            count = int(empty.sum())
            yield Trap(
                rule="missing", sort=Sort.SCHEMA, column=column.name, what=what, count=count, lines=sheet.lines(empty)
            )


def charset(sheet: Sheet) -> Iterator[Trap]:
    """Bytes that are not in the promised charset."""
    if sheet.charset not in {sheet.contract.charset, "binary"}:
        what = f"the bytes are not {sheet.contract.charset}; they were read as {sheet.charset}"
        yield Trap(rule="charset", sort=Sort.SCHEMA, what=what, count=1)


def tokens(sheet: Sheet) -> Iterator[Trap]:
    """Words that stand for missing elsewhere: values in a key, holes in any other column that does not list them."""
    for name in sheet.names:
        column = sheet.contract.column(name)
        texts = sheet.said(name)
        for word in WORDS_FOR_MISSING:
            if (column and word in column.codes) or word in sheet.contract.missing:
                continue
            found = texts == word
            count = int(found.sum())
            if count:
                yield _token(sheet, name, word, count, found)


def _token(sheet: Sheet, name: str, word: str, count: int, found: pl.Series) -> Trap:
    lines = sheet.lines(found)
    if name in sheet.contract.key:
        what = f"`{word}` is a value of the key in {count} rows, and no missing one; many readers drop it"
        return Trap(rule="key-looks-missing", sort=Sort.VALUES, column=name, what=what, count=count, lines=lines)
    what = f"`{word}` stands in {count} of {len(found)} rows, for missing by its look"
    return Trap(rule="missing-token", sort=Sort.SEMANTIC, column=name, what=what, count=count, lines=lines)


def numbers(sheet: Sheet) -> Iterator[Trap]:
    """Decimal commas and other things that are no number in columns of numbers."""
    for column in sheet.numeric():
        texts = sheet.said(column.name)
        plain = ~texts.str.contains(NUMBER) & ~texts.is_in(list(WORDS_FOR_MISSING))
        comma = plain & texts.str.contains(DECIMAL_COMMA)
        for rule, chosen, says in (
            ("decimal-comma", comma, "numbers are written with a decimal comma"),
            ("junk", plain & ~comma, "values are no number"),
        ):
            count = int(chosen.sum())
            if count:
                ways = ", ".join(
                    f"`{shape.text}`" for shape in shapes(texts.filter(chosen.fill_null(value=False)))[:_MOST_SHAPES]
                )
                what = f"{count} of {len(texts)} {says}, written like {ways}"
                lines = sheet.lines(chosen)
                yield Trap(rule=rule, sort=Sort.SCHEMA, column=column.name, what=what, count=count, lines=lines)


def times(sheet: Sheet) -> Iterator[Trap]:
    """Dates and times written in more than one way, within a column or from one column to the next."""
    usual: dict[str, str] = {}
    for column in sheet.timed():
        texts = sheet.said(column.name)
        ways = shapes(texts)
        if len(ways) > 1:
            told = ", ".join(f"`{way.text}` {way.count} times" for way in ways[:_MOST_SHAPES])
            rare = texts.str.replace_all(r"\d", "9") != ways[0].text
            what = f"written in {len(ways)} ways: {told}"
            count = int(rare.sum())
            yield Trap(
                rule="mixed-formats",
                sort=Sort.SCHEMA,
                column=column.name,
                what=what,
                count=count,
                lines=sheet.lines(rare),
            )
        if ways and column.type is Type.TIME:
            usual[column.name] = ways[0].text
    yield from _between(usual)


def _between(usual: dict[str, str]) -> Iterator[Trap]:
    if len(set(usual.values())) < 2:
        return
    fractions = [name for name, way in usual.items() if ".9" in way]
    others = [name for name in usual if name not in fractions]
    if fractions and others:
        what = f"{', '.join(fractions)} have fractions of a second, {', '.join(others)} have none"
        yield Trap(rule="mixed-fractions", sort=Sort.SCHEMA, what=what, count=len(usual))
    else:
        told = ", ".join(f"{name} `{way}`" for name, way in usual.items())
        yield Trap(rule="mixed-formats", sort=Sort.SCHEMA, what=f"times differ by column: {told}", count=len(usual))
