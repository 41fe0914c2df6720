"""A prediction: a number with its uncertainty, its maker and its tier."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from wardwise.hospital.moment import from_iso
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import NOBODY, About, Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What a rung says of one entity. `output` is JSON with decimals as text: quantiles, or a score and components.

    `based_on` are ids of the events it rests on; `output` is empty on the rung that says there is no prediction.
    """

    entity: str
    target: str
    output: Mapping[str, Json]
    about: About = NOBODY
    based_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TierSaid:
    """The tier a recorded prediction was made on, and why not a better one."""

    tier: str
    why: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The instant a recorded prediction looked from, and the hash of its feature row."""

    at: datetime
    position: int
    row: str


def tier_of(made: Draft) -> TierSaid:
    """The tier of a `prediction.made`."""
    tier = cast("Mapping[str, str]", made.payload["tier"])
    return TierSaid(tier["tier"], tier["why"])


def seen_of(made: Draft) -> Seen:
    """What a `prediction.made` looked at."""
    seen = cast("Mapping[str, str]", made.payload["seen"])
    return Seen(from_iso(seen["at"]), int(seen["position"]), seen["row"])


def versions_of(made: Draft) -> Mapping[str, str]:
    """The versions of all that made a `prediction.made`."""
    return cast("Mapping[str, str]", made.payload["versions"])
