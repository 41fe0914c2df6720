"""The long versions of what `make test` runs short: each on its own, with a table of how they went.

    python -m benches.release [NAME ...]

One line per part is all it takes to add another. Exit code 1 when one of them failed.
"""

import subprocess
import sys
import time

PARTS: dict[str, list[str]] = {
    "fuzz": ["-m", "benches.fuzz", "--runs", "1000000"],
    "chaos-kill": ["-m", "benches.chaos_kill", "--kills", "500"],
    "chaos-power": ["-m", "benches.chaos_power", "--losses", "100000"],
}


def main(names: list[str]) -> int:
    """Run the parts named, or all; their own output goes to stderr as it comes."""
    rows = [_run(name, PARTS[name]) for name in names or PARTS]
    for name, outcome, seconds in rows:
        print(f"{name:20} {outcome:8} {seconds:8.0f} s")
    return 1 if any(outcome != "ok" for _, outcome, _ in rows) else 0


def _run(name: str, command: list[str]) -> tuple[str, str, float]:
    print(f"{name}: python {' '.join(command)}", file=sys.stderr)
    begun = time.monotonic()
    done = subprocess.run([sys.executable, *command], stdout=sys.stderr, check=False)
    return name, "ok" if done.returncode == 0 else "failed", time.monotonic() - begun


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
