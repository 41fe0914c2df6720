"""A view: everything a turn may look at, as it was known at one instant."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import polars as pl

from wardwise.loop.capture.instant import Instant
from wardwise.loop.declare.model import Artefacts
from wardwise.loop.derive.frame import INSTANT
from wardwise.loop.derive.history import History
from wardwise.loop.derive.visible import with_supersession
from wardwise.sites.load import SiteFolder


@dataclass(frozen=True, slots=True)
class View:
    """The site's configuration and its history as of an instant. Nothing later can be reached through it."""

    folder: SiteFolder
    instant: Instant
    history: History
    artefacts: Artefacts
    _kept: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def site(self) -> str:
        """The site's slug."""
        return self.folder.site.slug

    def events(self, kind: str, lookback: timedelta | None = None) -> pl.DataFrame:
        """Visible events of a kind, superseded ones left out, in order of (occurred_at, sequence, tie).

        `lookback` keeps those with occurred_at > t - lookback.
        """
        seen = self._visible(kind)
        if lookback is None:
            return seen
        return seen.filter(pl.col("occurred_at") > self.instant.at - lookback)

    def table(self, kind: str) -> pl.DataFrame:
        """Every event of a kind up to this position, for features that filter by each spine row themselves."""
        return self.history.table(kind).filter(pl.col("position") <= self.instant.position)

    def spine(self, entities: Sequence[str]) -> pl.DataFrame:
        """A spine with one row per entity at this instant."""
        return pl.DataFrame(
            {
                "entity": list(entities),
                "at": [self.instant.at] * len(entities),
                "position": [self.instant.position] * len(entities),
            },
            schema={"entity": pl.String, "at": INSTANT, "position": pl.Int64},
        )

    def keep(self, name: str, make: Any) -> Any:
        """What `make(view)` gives, computed once per view under a name: census, roster, series."""
        if name not in self._kept:
            self._kept[name] = make(self)
        return self._kept[name]

    def _visible(self, kind: str) -> pl.DataFrame:
        cached = self._kept.get(("visible", kind))
        if cached is None:
            known = self.history.table(kind).filter(
                (pl.col("position") <= self.instant.position) & (pl.col("known_at") <= self.instant.at)
            )
            cached = (
                with_supersession(known)
                .filter(pl.col("replaced_position").is_null())
                .drop("replaced_at", "replaced_position")
                .sort("occurred_at", "sequence", "tie")
            )
            self._kept["visible", kind] = cached
        assert isinstance(cached, pl.DataFrame)  # noqa: S101 - the cache holds Any
        return cached
