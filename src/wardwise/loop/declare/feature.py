"""A feature set: declared columns and one pure function from (view, entities) to rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from wardwise.loop.capture.canonical import canonical, digest

if TYPE_CHECKING:
    from wardwise.loop.derive.view import View


@dataclass(frozen=True, slots=True)
class Feature:
    """One column: its name, measure, the kinds it reads, and the age beyond which it counts as missing.

    `how` is what is worked out, for a feature that is declared and not programmed.
    """

    name: str
    ucum: str
    kinds: tuple[str, ...]
    says: str
    stale_after: timedelta | None = None
    how: str = ""


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """Columns by (entity, t, position).

    `compute(view, spine)` takes a spine with the columns `entity` (text), `at` (UTC microseconds datetime)
    and `position` (integer), in any number of rows, and returns those columns plus one per feature, a row
    per spine row in the same order. Serving passes the entities that changed; training passes thousands
    of instants: the same code.
    """

    name: str
    version: int
    features: tuple[Feature, ...]
    compute: "Callable[[View, pl.DataFrame], pl.DataFrame]"

    @property
    def digest(self) -> str:
        """Content hash of the declaration: changes when a column, its meaning or the version does."""
        return digest(
            canonical(
                [
                    self.name,
                    self.version,
                    [[f.name, f.ucum, list(f.kinds), f.says, str(f.stale_after), f.how] for f in self.features],
                ]
            )
        )
