"""The tasks that workflows are judged on: each workflow's rehearsal says how."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wardwise.assemble.workflows import found_workflows
from wardwise.errors import NotRunnable


def evaluate_task(
    task: str, dataset: str, train: Path, test: Path, *, seed: int, progress: Callable[[int, int], None] | None
) -> dict[str, Any]:
    """Judge a task by the rehearsal of the workflow that names it; raises NotRunnable when none does."""
    known = _tasks()
    if task not in known:
        raise NotRunnable(
            what=f"the task {task}", why="no workflow names it", remedy=f"Known: {', '.join(sorted(known))}."
        )
    result: dict[str, Any] = known[task](dataset, train, test, seed=seed, progress=progress)
    return result


def _tasks() -> dict[str, Callable[..., dict[str, Any]]]:
    tasks: dict[str, Callable[..., dict[str, Any]]] = {}
    for found in found_workflows().values():
        if (found.folder / "rehearsal.py").is_file():
            tasks.update(importlib.import_module(f"{found.package}.rehearsal").TASKS)
    return tasks
