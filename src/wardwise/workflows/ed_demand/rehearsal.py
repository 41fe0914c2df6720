"""How the forecast is judged before launch: the task `ed_arrivals`, an honest backtest beside two dull forecasts."""

from typing import Any

from wardwise.rehearse.asked import Asked, Task
from wardwise.rehearse.backtest.ed_arrivals import evaluate_ed_arrivals


def evaluate(asked: Asked) -> dict[str, Any]:
    """What `wardwise evaluate ed_arrivals` prints."""
    return evaluate_ed_arrivals(asked.dataset, asked.train, asked.test, seed=asked.seed, progress=asked.progress)


TASKS: dict[str, Task] = {"ed_arrivals": evaluate}
