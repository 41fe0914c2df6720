"""The tasks that workflows are judged on: each workflow's rehearsal says how."""

import importlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from wardwise.assemble.told import tell_by
from wardwise.assemble.workflows import found_workflows
from wardwise.errors import NotRunnable
from wardwise.rehearse.asked import Asked, Task


def evaluate_task(task: str, asked: Asked, *, site: Path | None) -> dict[str, Any]:
    """Judge a task by the rehearsal of the workflow that names it; raises NotRunnable when none does.

    Tables of events are read by the MEDS feed of the site.
    """
    known = _tasks()
    if task not in known:
        raise NotRunnable(
            what=f"the task {task}", why="no workflow names it", remedy=f"Known: {', '.join(sorted(known))}."
        )
    workflow, judge = known[task]
    return judge(replace(asked, tell=tell_by(site, workflow)))


def _tasks() -> dict[str, tuple[str, Task]]:
    tasks: dict[str, tuple[str, Task]] = {}
    for found in found_workflows().values():
        if (found.folder / "rehearsal.py").is_file():
            judges: dict[str, Task] = importlib.import_module(f"{found.package}.rehearsal").TASKS
            tasks.update({task: (found.name, judge) for task, judge in judges.items()})
    return tasks
