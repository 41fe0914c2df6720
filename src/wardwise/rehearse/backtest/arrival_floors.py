"""The floors arrivals are held to: absolute, or against the dull baseline on another split."""

from dataclasses import dataclass

from wardwise.rehearse.backtest.arrival_scores import Scores

Verdict = dict[str, str | float | bool | None]


@dataclass(frozen=True, slots=True)
class Floor:
    """One measure, its absolute must and stretch, and the ratio to a baseline that stands in for it elsewhere."""

    part: str
    measure: str
    must: float
    stretch: float
    baseline: str
    ratio: float

    def judge(self, metrics: Scores, baselines: dict[str, Scores]) -> Verdict:
        """Met when the absolute figure or the ratio is met."""
        value = float(metrics[self.part][self.measure])
        ratio = value / float(baselines[self.baseline][self.part][self.measure])
        return {
            "measure": f"{self.part}.{self.measure}",
            "value": value,
            "must": self.must,
            "stretch": self.stretch,
            "baseline": self.baseline,
            "ratio": round(ratio, 6),
            "ratio_must": self.ratio,
            "met": value <= self.must or ratio <= self.ratio,
            "stretch_met": value <= self.stretch,
        }


FLOORS = (
    Floor("daily", "mae", must=11.8, stretch=11.4, baseline="mean8", ratio=0.93),
    Floor("daily", "crps", must=8.8, stretch=8.55, baseline="mean8", ratio=0.935),
    Floor("hourly", "mae", must=2.08, stretch=2.05, baseline="mean8", ratio=0.965),
    Floor("sum10h", "mae", must=7.4, stretch=7.2, baseline="mean8", ratio=0.965),
)

_LEAK_RATIO = 0.75
"""The noise of counts alone is about .8 of the baseline's error: below this something knows the future."""


def judge_floors(metrics: Scores, baselines: dict[str, Scores]) -> list[Verdict]:
    """All floors with what was measured."""
    return [*(floor.judge(metrics, baselines) for floor in FLOORS), _coverage(metrics)]


def leak_suspected(metrics: Scores, baselines: dict[str, Scores]) -> bool:
    """Whether the daily error is too good to be true."""
    return float(metrics["daily"]["mae"]) < _LEAK_RATIO * float(baselines["mean8"]["daily"]["mae"])


def _coverage(metrics: Scores) -> Verdict:
    """The 80% range: point within .75 to .85, and its interval meets .77 to .83."""
    daily = metrics["daily"]
    point, low, high = (float(daily[f"coverage80{end}"]) for end in ("", "_low", "_high"))
    return {
        "measure": "daily.coverage80",
        "value": point,
        "low": low,
        "high": high,
        "met": 0.75 <= point <= 0.85 and low <= 0.83 and high >= 0.77,
    }
