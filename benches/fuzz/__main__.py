"""Fuzz every parser, two at a time: `python -m benches.fuzz [--runs N] [--seed S] [--json] [TARGET ...]`.

Exit code 1 when a parser raised what it should not, broke its law or took over 100 ms of processor time for an input;
the input is kept under --found and printed, to become a file of tests/hostile/crashers/TARGET.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benches.fuzz.targets import TARGETS
from wardwise.run.clock import machine_load

ROOT = Path(__file__).parents[2]
AT_ONCE = 2
SHOWN = 400
_DONE = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_SPEED = re.compile(r"stat::average_exec_per_sec:\s*(\d+)")


def main() -> int:
    """Run the targets and tell what was found."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    arguments.add_argument("--runs", type=int, default=20_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--found", type=Path, default=Path(tempfile.gettempdir()) / "wardwise-fuzz-found")
    arguments.add_argument("--json", action="store_true")
    told = arguments.parse_args()
    names = told.targets or list(TARGETS)
    load, begun = machine_load(), time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = []
        for result in pool.map(lambda name: fuzzed(name, told.runs, told.seed, told.found), names):
            (sys.stderr if told.json else sys.stdout).write(_line(result))
            results.append(result)
    broken = [result["target"] for result in results if not result["ok"]]
    summary = {"runs": told.runs, "seed": told.seed, "load_before": load, "broken": broken, "targets": results}
    if told.json:
        sys.stdout.write(json.dumps(summary) + "\n")
    else:
        sys.stdout.write(f"{len(names)} parsers in {time.monotonic() - begun:.0f} s, load before {load}\n")
    return 1 if broken else 0


def fuzzed(name: str, runs: int, seed: int, found: Path) -> dict[str, object]:
    """Fuzz one target in a process of its own; what breaks it is copied out."""
    with tempfile.TemporaryDirectory(prefix="wardwise-fuzz-") as scratch:
        done = subprocess.run(
            [sys.executable, "-m", "benches.fuzz.one", name, scratch, str(runs), str(seed)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        inputs = [path.read_bytes() for path in Path(scratch).glob("found-*")]
    said = done.stdout + done.stderr
    executed, speed = (int(match[1]) if (match := form.search(said)) else 0 for form in (_DONE, _SPEED))
    ok = done.returncode == 0 and executed >= runs
    if not ok:
        _keep(found / name, inputs, said)
    shown = [repr(content[:SHOWN]) for content in inputs]
    why = "" if ok else _why(said)
    return {"target": name, "ok": ok, "runs": executed, "per_second": speed, "why": why, "inputs": shown}


def _keep(folder: Path, inputs: list[bytes], said: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "said.txt").write_text(said)
    for number, content in enumerate(inputs):
        (folder / f"input{number}").write_bytes(content)


def _why(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"[A-Za-z_.]*(Error|Exception|TooSlow)\b|.*ERROR: libFuzzer", line)]
    return " | ".join(errors[:2] or lines[-3:])[:SHOWN]


def _line(result: dict[str, object]) -> str:
    verdict = "ok   " if result["ok"] else "BROKEN"
    tail = f"  {result['why']}  {result['inputs']}" if not result["ok"] else ""
    return f"{verdict} {result['target']:<16} {result['runs']:>8} runs {result['per_second']:>6}/s{tail}\n"


if __name__ == "__main__":
    sys.exit(main())
