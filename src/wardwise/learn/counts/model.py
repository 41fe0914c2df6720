"""A count model: learnt once, carried over new hours, asked for forecasts."""

import json
from dataclasses import asdict, dataclass

from wardwise.errors import BrokenArtefact
from wardwise.learn.counts.advance import advance
from wardwise.learn.counts.day_effects import DayEffects
from wardwise.learn.counts.forecast import CountForecast
from wardwise.learn.counts.pattern import Pattern
from wardwise.learn.counts.series import Calendar, HourlySeries
from wardwise.learn.counts.settings import CountSettings
from wardwise.learn.counts.spread import DailyNoise, Spread
from wardwise.learn.counts.state import CountState, OpenDay
from wardwise.learn.counts.stretch import Stretch

FORMAT = "wardwise-counts-1"


@dataclass(frozen=True, slots=True)
class CountModel:
    """Fixed after training: the pattern, the spread, and the state at the end of training (`start`)."""

    pattern: Pattern
    spread: Spread
    start: CountState

    def advance(self, state: CountState, series: HourlySeries, calendar: Calendar) -> CountState:
        """The state after the hours of `series` from `state.hour` to its end."""
        return advance(self.pattern, self.spread, state, series=series, calendar=calendar)

    def forecast(self, state: CountState, calendar: Calendar, *, hours: int) -> CountForecast:
        """Forecast the `hours` hours from `state.hour` on; the past is known through the state alone."""
        ahead = calendar.between(state.hour, state.hour + hours)
        expected = state.level * self.pattern.expected(ahead)
        noise = DailyNoise(ahead.day, self.spread.of_days(ahead.day_of_year))
        return CountForecast(state.hour, expected, noise, self.spread, state.stretch)

    def to_json(self) -> str:
        """The artefact: one JSON object with sorted keys, the same text for the same model."""
        return json.dumps({"format": FORMAT, **asdict(self)}, sort_keys=True, separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> "CountModel":
        """The model an artefact holds; anything else is refused."""
        try:
            return _model(json.loads(text))
        except (KeyError, TypeError, ValueError) as broken:
            raise BrokenArtefact(name="count model", what=f"it is not {FORMAT}: {broken}") from broken


def state_to_json(state: CountState) -> str:
    """A state as text, to be kept beside its artefact."""
    return json.dumps(asdict(state), sort_keys=True, separators=(",", ":"))


def state_from_json(text: str) -> CountState:
    """The state a text holds."""
    try:
        return _state(json.loads(text))
    except (KeyError, TypeError, ValueError) as broken:
        raise BrokenArtefact(name="count state", what=f"it is not a state: {broken}") from broken


def _model(found: dict[str, object]) -> CountModel:
    """Build the nouns from plain JSON values."""
    if found.pop("format", None) != FORMAT:
        raise ValueError("another format")
    pattern, spread, start = found["pattern"], found["spread"], found["start"]
    if not (isinstance(pattern, dict) and isinstance(spread, dict) and isinstance(start, dict)):
        raise TypeError("a part is missing")
    effects = pattern["effects"]
    marks = tuple((str(name), float(effect)) for name, effect in effects["marks"])
    return CountModel(
        Pattern(
            CountSettings(**pattern["settings"]),
            DayEffects(tuple(effects["weekday"]), tuple(effects["waves"]), marks),
            tuple(pattern["shares"]),
        ),
        Spread(**spread),
        _state(start),
    )


def _state(found: dict[str, object]) -> CountState:
    """Build a state from plain JSON values."""
    stretch, today, midnights = found["stretch"], found["today"], found["midnights"]
    if not (isinstance(stretch, dict) and isinstance(today, dict) and isinstance(midnights, list)):
        raise TypeError("a part is missing")
    rest = {name: found[name] for name in ("hour", "seen", "expected")}
    return CountState(
        hour=int(str(rest["hour"])),
        seen=float(str(rest["seen"])),
        expected=float(str(rest["expected"])),
        midnights=tuple(float(level) for level in midnights),
        stretch=Stretch(**stretch),
        today=OpenDay(**today),
    )
