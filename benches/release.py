"""The long versions of what `make test` runs short: each on its own, with a table of how they went.

    python -m benches.release [--share 0.1] [NAME ...]

One line per part is all it takes to add another. `--share` runs so much of each, to see that every part runs at all.
Exit code 1 when one of them failed.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Part:
    """How often something is done, and the command that does it so often."""

    times: int
    command: Callable[[int], list[str]]
    settings: Callable[[int], Mapping[str, str]] = field(default=lambda _: {})


PARTS = {
    "histories": Part(
        10_000,
        lambda _: ["-m", "pytest", "-q", "-n", "2", "tests/loop/histories"],
        lambda times: {"WARDWISE_EXAMPLES": str(times)},
    ),
    "fuzz": Part(1_000_000, lambda times: ["-m", "benches.fuzz", "--runs", str(times)]),
    "chaos-kill": Part(500, lambda times: ["-m", "benches.chaos_kill", "--kills", str(times)]),
    "chaos-kill-postgresql": Part(
        500, lambda times: ["-m", "benches.chaos_kill", "--store", "postgresql", "--kills", str(times)]
    ),
    "chaos-streams": Part(100, lambda times: ["-m", "benches.chaos_streams", "--kills", str(times)]),
    "chaos-publish": Part(100, lambda times: ["-m", "benches.chaos_publish", "--kills", str(times)]),
    "chaos-power": Part(100_000, lambda times: ["-m", "benches.chaos_power", "--losses", str(times)]),
    "chaos-wal": Part(2_000, lambda times: ["-m", "benches.chaos_wal", "--cuts", str(times)]),
}


def main(arguments: list[str]) -> int:
    """Run the parts named, or all; their own output goes to stderr as it comes."""
    parser = argparse.ArgumentParser(prog="benches.release")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PARTS)}; all when none is given")
    parser.add_argument("--share", type=float, default=1.0, help="how much of each to run, above 0 and up to 1")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in PARTS]
    if unknown or not 0 < asked.share <= 1:
        parser.error(f"no part {', '.join(unknown)}" if unknown else "--share is above 0 and at most 1")
    rows = [_run(name, asked.share) for name in asked.names or PARTS]
    for name, times, outcome, seconds in rows:
        print(f"{name:20} {times:9,} {outcome:8} {seconds / 60:6.1f} min")
    return 1 if any(outcome != "ok" for _, _, outcome, _ in rows) else 0


def _run(name: str, share: float) -> tuple[str, int, str, float]:
    part = PARTS[name]
    times = max(round(part.times * share), 1)
    command = part.command(times)
    print(f"{name}: python {' '.join(command)}", file=sys.stderr)
    begun = time.monotonic()
    settings = os.environ | part.settings(times)
    done = subprocess.run([sys.executable, *command], stdout=sys.stderr, env=settings, check=False)
    return name, times, "ok" if done.returncode == 0 else "failed", time.monotonic() - begun


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
