"""How long `--help` takes, of every command, beside the start of Python alone in the same run.

`python -m benches.help [--times N] [--json]`: the median of N starts each. Floor: 0.4 s for every command.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from rich.progress import track

from benches.load.figures import options, print_figures
from wardwise.cli.main import app
from wardwise.run.clock import machine_load

FLOOR_SECONDS = 0.4
BUSY = 1.5
WARDWISE = str(Path(sys.executable).with_name("wardwise"))


def main() -> int:
    """Start, time, compare; exit code 1 when the floor is missed on a quiet machine."""
    parser = options(__doc__)
    parser.add_argument("--times", type=int, default=5, help="starts of each command (default 5)")
    told = parser.parse_args()
    load = machine_load()
    paths = list(_paths(typer.main.get_command(app)))
    bare = _median([sys.executable, "-c", "pass"], told.times)
    every = track(paths, "help", disable=told.json)
    seconds = {" ".join(path) or "wardwise": _median([WARDWISE, *path, "--help"], told.times) for path in every}
    slowest = max(seconds, key=lambda name: seconds[name])
    late = seconds[slowest] > FLOOR_SECONDS
    result = {
        "commands": len(seconds),
        "slowest": slowest,
        "slowest_seconds": round(seconds[slowest], 3),
        "python_alone_seconds": round(bare, 3),
        "ratio": round(seconds[slowest] / bare, 1),
        "floor_seconds": FLOOR_SECONDS,
        "load_before": round(load, 2),
        "verdict": "ok" if not late else ("INCONCLUSIVE" if load > BUSY else "short"),
    }
    print_figures(result, as_json=told.json)
    return 1 if result["verdict"] == "short" else 0


def _paths(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, below in getattr(command, "commands", {}).items():
        yield from _paths(below, (*path, name))


def _median(command: list[str], times: int) -> float:
    return statistics.median(_seconds(command) for _ in range(times))


def _seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    raise SystemExit(main())
