"""A projection: which events it keeps, by which key, what they fold into, and when that is over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from wardwise.loop.derive.fold.fact import Fact

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Projection(Generic[T]):
    """`fold(key, facts)` is pure; facts are those visible at an instant, in the total order, never none.

    `key` is None for an event that tells the projection nothing. `leaves` is when a state goes out of sight: from
    then on it is in no answer, and its facts may be let go. None: never. A later fact brings it back whole.
    With `last_word` only the last fact of each source tells anything, so those before it may be let go too.
    """

    name: str
    kinds: frozenset[str]
    key: Callable[[Fact], str | None]
    fold: Callable[[str, Sequence[Fact]], T]
    leaves: Callable[[T], datetime | None]
    last_word: bool = False
