"""A view: everything a turn may look at, as it was known at one instant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

import numpy as np
import polars as pl

from wardwise.hospital.moment import micros
from wardwise.loop.capture.instant import Instant
from wardwise.loop.declare.model import Artefacts
from wardwise.loop.derive.frame import INSTANT
from wardwise.loop.derive.history import History
from wardwise.sites.load import SiteFolder

T = TypeVar("T")


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
        seen = self.history.visible(kind, self.instant)
        if lookback is None:
            return seen
        happened = seen["occurred_at"].to_physical().to_numpy()
        return seen.slice(int(np.searchsorted(happened, micros(self.instant.at - lookback), side="right")))

    def table(self, kind: str) -> pl.DataFrame:
        """Every event of a kind up to this position, for features that filter by each spine row themselves."""
        return self.history.upto(kind, self.instant.position)

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

    def looking_from(self, at: datetime, position: int) -> "View":
        """The same site seen from another, earlier instant."""
        return View(self.folder, Instant(at, position), self.history, self.artefacts)

    def keep(self, name: str, make: "Callable[[View], T]", *, kinds: tuple[str, ...] = ()) -> T:
        """What `make(view)` gives, computed once per view under a name.

        With `kinds` it is kept for longer: as long as the visible events of these kinds stay the same and the
        name does. `make` must then look at nothing else, not even at the view's instant.
        """
        if name not in self._kept:
            if kinds:
                self._kept[name] = self.history.keep(name, kinds, self.instant, lambda: make(self))
            else:
                self._kept[name] = make(self)
        return cast("T", self._kept[name])
