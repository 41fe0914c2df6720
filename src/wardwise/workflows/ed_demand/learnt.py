"""The model: learnt once from whole local days, read from its artefact, carried over the hours that came since.

The state follows the hours, so what today has brought so far moves the level as much as any other hours do (half-life
16 days); a swing of this one day is not carried on. That is what the surge and its own range are for.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache

import numpy as np
import polars as pl

import wardwise
from wardwise.errors import BrokenArtefact, NotRunnable
from wardwise.hospital.moment import iso
from wardwise.learn.counts.fit import fit
from wardwise.learn.counts.forecast import CountForecast
from wardwise.learn.counts.model import CountModel
from wardwise.learn.counts.series import HourlySeries
from wardwise.learn.counts.settings import CountSettings
from wardwise.learn.counts.state import CountState
from wardwise.loop.capture.canonical import canonical, digest
from wardwise.loop.capture.event import KnownBasis
from wardwise.loop.declare.model import Artefacts, ModelSpec, Trained
from wardwise.loop.derive.state.ed import departments
from wardwise.loop.derive.state.standing import model_in_use
from wardwise.loop.derive.view import View
from wardwise.workflows.ed_demand.local_hours import REST_MARK, local_hours, start_of
from wardwise.workflows.ed_demand.observed import ALL_HISTORY, observed
from wardwise.workflows.ed_demand.place import Place, place_of

FORMAT = "wardwise-ed-demand-1"
SETTINGS = CountSettings(rest_mark=REST_MARK)
FEATURES = "hour of week, day of year, public holidays, local events; counts of past hours"


@dataclass(frozen=True, slots=True)
class Learnt:
    """A count model for each department, known by the hash of the artefact they were read from."""

    sha256: str
    models: Mapping[str, CountModel] = field(compare=False)

    def of(self, unit: str) -> CountModel:
        """The model of a unit."""
        if unit not in self.models:
            raise NotRunnable(
                what="the arrivals model",
                why=f"it was not learnt for {unit}",
                remedy="Run `wardwise train ed_demand` again; until then a lower rung answers.",
            )
        return self.models[unit]

    def stood_at(self, unit: str) -> int:
        """The first hour its model can forecast: the end of training."""
        return self.of(unit).start.hour


def model_in(view: View, workflow: str) -> Learnt | None:
    """The model in use at a view's instant; None when none was published."""
    used = model_in_use(view, workflow)
    return _read(view.artefacts, used[0]) if used else None


@lru_cache(maxsize=8)
def _read(artefacts: Artefacts, sha256: str) -> Learnt:
    return load(artefacts.get(sha256))


def model_spec() -> ModelSpec:
    """How the model is read and made."""
    return ModelSpec("ed-arrivals-counts", load, train)


def load(artefact: bytes) -> Learnt:
    """The models an artefact holds; anything else is refused."""
    try:
        found = json.loads(artefact)
        if found["format"] != FORMAT:
            raise ValueError(f"format {found['format']}")
        models = {unit: CountModel.from_json(json.dumps(model)) for unit, model in found["units"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as broken:
        raise BrokenArtefact(name="ed_demand", what=f"it is not {FORMAT}: {broken}") from broken
    return Learnt(digest(artefact), models)


def train(view: View) -> Trained:
    """Learn from everything the view shows, whole local days only; deterministic.

    Raises ImpossibleValue where a department has less than twelve weeks of whole days.
    """
    place = place_of(view.folder)
    series = {unit: _whole_days(observed(view, unit, back=ALL_HISTORY).series, place) for unit in departments(view)}
    models = {
        unit: json.loads(fit(hours, local_hours(place, hours.first, hours.end), SETTINGS).to_json())
        for unit, hours in series.items()
    }
    artefact = json.dumps({"format": FORMAT, "units": models}, sort_keys=True, separators=(",", ":"))
    return Trained(artefact.encode(), _lineage(view, series))


def state_at(learnt: Learnt, unit: str, series: HourlySeries, *, place: Place, hour: int) -> CountState:
    """The model's state before `hour`, from the hours before it alone; hours not told of teach nothing.

    It goes on from the end of training one local day after the other, each remembered, so that a refresh works out
    the hours of today alone. Remembered or not, the same steps give the same bits.
    """
    state = learnt.of(unit).start
    if hour < state.hour:
        raise NotRunnable(
            what="the arrivals model",
            why=f"it was learnt up to {iso(start_of(state.hour))}, after the hour asked about",
            remedy="Ask for a later hour, or publish a model learnt before it.",
        )
    if hour == state.hour:
        return state
    counts = _counts(series, state.hour, hour)
    starts = local_hours(place, state.hour, hour).midnights().tolist()
    for start, stop in zip(starts, [*starts[1:], counts.size], strict=True):
        state = _after(learnt, unit, place, state=state, counts=counts[start:stop].tobytes())
    return state


def forecast_from(learnt: Learnt, unit: str, state: CountState, *, place: Place, hours: int) -> CountForecast:
    """The forecast of the `hours` hours from where a state stands."""
    calendar = local_hours(place, state.hour, state.hour + hours)
    return learnt.of(unit).forecast(state, calendar, hours=hours)


@lru_cache(maxsize=4096)
def _after(learnt: Learnt, unit: str, place: Place, *, state: CountState, counts: bytes) -> CountState:
    series = HourlySeries(state.hour, np.frombuffer(counts, dtype=np.float64))
    return learnt.of(unit).advance(state, series, local_hours(place, series.first, series.end))


def _counts(series: HourlySeries, start: int, stop: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Counts of `[start, stop)`, NaN outside the series."""
    counts = np.full(stop - start, np.nan)
    first, last = max(start, series.first), min(stop, series.end)
    if first < last:
        counts[first - start : last - start] = series.between(first, last)
    return counts


def _whole_days(series: HourlySeries, place: Place) -> HourlySeries:
    """The series from its first local midnight to its last."""
    if not series.counts.size:
        return series
    days = local_hours(place, series.first - 1, series.end + 1).day
    turns = np.flatnonzero(np.diff(days)) + series.first
    if turns.size < 2:
        return HourlySeries(series.first, series.counts[:0])
    first, last = int(turns[0]), int(turns[-1])
    return HourlySeries(first, series.between(first, last))


def _lineage(view: View, series: Mapping[str, HourlySeries]) -> dict[str, str]:
    rows = sum(int(np.isfinite(hours.counts).sum()) for hours in series.values())
    settings = canonical({name: repr(value) for name, value in asdict(SETTINGS).items()})
    return {
        "rows": str(rows),
        "from": iso(start_of(min(hours.first for hours in series.values()))),
        "to": iso(start_of(max(hours.end for hours in series.values()))),
        "known_basis": _known_basis(view),
        "features": FEATURES,
        "settings": digest(settings),
        "wardwise": wardwise.__version__,
        "site": view.folder.digest,
    }


def _known_basis(view: View) -> str:
    """How the instants at which the hours were known were come by, each basis that occurs."""
    basis = (
        pl.when(pl.col("known_at") == pl.col("recorded_at"))
        .then(pl.lit(KnownBasis.OBSERVED.value))
        .when(pl.col("known_at") == pl.col("occurred_at"))
        .then(pl.lit(KnownBasis.ASSUMED.value))
        .otherwise(pl.lit(KnownBasis.DECLARED.value))
    )
    kinds = ("arrivals.counted", "stay.arrived")
    found = {word for kind in kinds for word in view.events(kind).select(basis.alias("basis"))["basis"].unique()}
    return ", ".join(sorted(found))
