"""When observations are taken and what they find: four-hourly on wards, hourly in intensive care, oftener when ill."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from wardwise.demo.chance import stream
from wardwise.demo.course import INPUTS, Signs, signs
from wardwise.demo.setting import Setting
from wardwise.demo.stay import Spot, Stay

BEFORE = timedelta(hours=4)  # the last set before the start is sent at the start
FIRST_SET = timedelta(minutes=14)
EVERY = {"ed": timedelta(hours=2), "ward": timedelta(hours=4), "icu": timedelta(hours=1)}
ILL, VERY_ILL = 0.33, 0.5  # levels from which sets are two-hourly and hourly
INCOMPLETE = 0.05  # share of sets in which somebody did not take everything


@dataclass(frozen=True, slots=True)
class Observed:
    """One set of observations at the bedside."""

    at: datetime
    stay: str
    spot: Spot
    signs: Signs


def sets(setting: Setting, stay: Stay) -> Iterator[Observed]:
    """Every set of a stay from four hours before the start to the end, only while the patient is here."""
    if not stay.moves:
        return
    rng = stream(setting.seed, "rounds", stay.plan.number)
    kinds = {place.id: place.kind for place in setting.places}
    last = stay.ended or setting.end
    at = max(stay.moves[0].at + FIRST_SET, setting.start - BEFORE + timedelta(minutes=rng.randrange(235)))
    if stay.moves[0].at >= setting.start - BEFORE:
        at = stay.moves[0].at + FIRST_SET
    while at < min(last, setting.end):
        spot = stay.spot_at(at)
        level = stay.plan.course.level(at)
        if spot is not None:
            found = signs(rng, stay.plan.body, level)
            yield Observed(at, stay.visit, spot, _gaps(rng, found))
        at = _next(rng, at, every=EVERY[kinds[spot.unit if spot else stay.moves[-1].spot.unit]], level=level)


def _next(rng: Random, at: datetime, *, every: timedelta, level: float) -> datetime:
    if level >= VERY_ILL:
        every = min(every, timedelta(hours=1))
    elif level >= ILL:
        every = min(every, timedelta(hours=2))
    late = rng.gauss(0, 0.07) * every
    return (at + every + late).replace(microsecond=0)


def _gaps(rng: Random, found: Signs) -> Signs:
    if rng.random() >= INCOMPLETE:
        return found
    missing = rng.sample(INPUTS, rng.choice((1, 1, 1, 2, 3)))
    return replace(found, **dict.fromkeys(missing))
