"""Days of which a feed told live and another by batch, as they were compared."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wardwise.loop.derive.view import View

KIND = "feed.repeated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """Minutes: half of the facts within `half`, nine of ten within `most`. Negative: told ahead of it."""

    half: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """One kind of fact on one local day. `fields` counts what differs; `ahead` is how much earlier live knew.

    `differing` are among `both`. `examples` are ids of events by `only_live`, `only_batch` and `differing`.
    """

    live: str
    batch: str
    event: str
    start: datetime
    end: datetime
    both: int
    only_live: int
    only_batch: int
    differing: int
    fields: Mapping[str, int]
    lags: Mapping[str, Lag]
    examples: Mapping[str, tuple[str, ...]]

    @property
    def key(self) -> tuple[str, str, str]:
        """What is compared: the live feed, the batch, the kind of event."""
        return self.live, self.batch, self.event

    @property
    def total(self) -> int:
        """Facts that either told."""
        return self.both + self.only_live + self.only_batch

    @property
    def apart(self) -> int:
        """Facts that are missing in one, or differ."""
        return self.only_live + self.only_batch + self.differing


def repeated(view: View) -> tuple[Repeated, ...]:
    """Every day that was compared, the oldest first."""
    return view.keep("repeated", _read, kinds=(KIND,))


def newest(view: View) -> tuple[Repeated, ...]:
    """Of each pair of feeds and kind of event the last day compared."""
    return tuple({each.key: each for each in repeated(view)}.values())


def _read(view: View) -> tuple[Repeated, ...]:
    rows = view.events(KIND).sort("to", "position")
    return tuple(_one(row) for row in rows.iter_rows(named=True))


def _one(row: dict[str, Any]) -> Repeated:
    minutes = {name: Lag(half=float(lag["half"]), most=float(lag["most"])) for name, lag in _object(row["minutes"])}
    plain = ("live", "batch", "event", "both", "only_live", "only_batch", "differing")
    return Repeated(
        start=row["from"],
        end=row["to"],
        fields=dict(_object(row["fields"])),
        lags=minutes,
        examples={name: tuple(ids) for name, ids in _object(row["examples"])},
        **{name: row[name] for name in plain},
    )


def _object(text: str) -> list[tuple[str, Any]]:
    return list(json.loads(text).items())
