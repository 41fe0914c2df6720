"""Rows of a view."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, in the order of the cursor, and the cursor of the last as its database writes it."""

    rows: Sequence[Sequence[object]]
    cursor: str
