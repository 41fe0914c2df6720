"""Servers under measurement, each in a process of its own: the door as `wardwise serve` starts it, and python-hl7's."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from wardwise.assemble.stores import prepare
from wardwise.run.settings import Settings
from wardwise.stores.place import Place
from wardwise.stores.roll import Roll

ROOT = Path(__file__).parents[2]
SITE = ROOT / "sites" / "demo"
_END_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Server:
    """A process that listens on loopback."""

    pid: int
    port: int


@contextmanager
def door(data: Path, *, traced: Sequence[str] = (), place: Place | None = None) -> Iterator[Server]:
    """The MLLP door of the demo site over a fresh data folder, or at a place; `traced` goes before its command line."""
    prepare(data, seed=1, place=place)
    Roll.create(data / "roll").close()  # as a supervisor does
    lifeline, ours = os.pipe()
    settings = Settings(site=SITE, data=data).to_json()
    command = [*traced, sys.executable, "-m", "wardwise.run.child", "mllp", settings, str(lifeline)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, pass_fds=(lifeline,))
    try:
        yield Server(process.pid, int(orjson.loads(_first_line(process))["port"]))
    finally:
        os.close(ours)  # as when its supervisor is gone: a door that strace runs hears of it too
        _wait(process)
        os.close(lifeline)


@contextmanager
def library() -> Iterator[Server]:
    """python-hl7's asyncio MLLP server, which parses, answers and stores nothing."""
    command = [sys.executable, "-m", "benches.load.library_server"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    try:
        yield Server(process.pid, int(_first_line(process)))
    finally:
        if process.stdin is not None:
            process.stdin.close()
        _wait(process)


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    if process.stdout is None or not (line := process.stdout.readline()):
        raise SystemExit(f"a server ended with code {process.wait()} before it was ready")
    return line


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
