"""No task of `evaluate` judges this first form: it adds a grid to a forecast that `ed_arrivals` judges."""

from wardwise.rehearse.asked import Task

TASKS: dict[str, Task] = {}
