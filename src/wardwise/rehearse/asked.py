"""What a rehearsal is asked: a data set by name, the file to learn from and the file to be judged on."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardwise.errors import NotRunnable
from wardwise.loop.declare.workflow import Workflow
from wardwise.rehearse.replay.parity import Ground

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Told:
    """The facts of a table in a log of their own, at the site whose mapping read them, and the workflow there."""

    ground: Ground
    workflow: Workflow


def _untold(path: Path, _kinds: Collection[str]) -> Told:
    raise NotRunnable(what=f"reading {path.name}", why="no site says how", remedy="Judge it by `wardwise evaluate`.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`tell(path, kinds)` reads a table's facts of these kinds into a log in memory, for those who judge on events."""

    dataset: str
    train: Path
    test: Path
    seed: int
    progress: Progress | None
    tell: Callable[[Path, Collection[str]], Told] = _untold


Task = Callable[[Asked], dict[str, Any]]
