"""A trap: something in a file that would mislead whoever takes it at its word."""

from dataclasses import dataclass

from wardwise.govern.data.finding import Sort

MOST_LINES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """One finding about a file. `lines` are line numbers (the header is 1); no value of a person is ever named."""

    rule: str
    sort: Sort
    column: str = ""
    what: str
    count: int
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """A value with its digits written as 9 and its letters as a: how something is written, without what it says."""

    text: str
    count: int
