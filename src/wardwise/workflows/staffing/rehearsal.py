"""No task of `evaluate` judges this first form: it adds a grid to a forecast that `ed_arrivals` judges."""

from collections.abc import Callable, Mapping

TASKS: Mapping[str, Callable[..., object]] = {}
