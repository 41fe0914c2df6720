"""The supervisor: holds the data folder, starts doors and worker, starts again what dies, stops all at the end."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import orjson

from wardwise.errors import NotRunnable
from wardwise.run.clock import SystemClock, pause
from wardwise.run.settings import Settings
from wardwise.stores.folder import DataFolder

ROLES = ("worker", "mllp", "http")
_FIRST_READY_SECONDS = 60.0
_STOP_SECONDS = 10.0
_LOOK_EVERY_SECONDS = 0.05
_LONGEST_BACKOFF_SECONDS = 5.0
_LONG_LIFE_SECONDS = 10.0


@dataclass(slots=True)
class _Child:
    role: str
    process: subprocess.Popen[bytes]
    ready: threading.Event
    listener: threading.Thread
    port: int = 0
    restarts: int = 0
    quick_ends: int = 0
    started_at: float = 0.0
    again_at: float = 0.0


class Supervisor:
    """One running service. Use it as a context: on leaving it every child has ended."""

    def __init__(self, settings: Settings, *, say: Callable[[str], None] = lambda _: None) -> None:
        self._settings = settings
        self._say = say
        self._clock = SystemClock()
        self._children: dict[str, _Child] = {}
        self._folder = DataFolder(settings.data)

    @property
    def settings(self) -> Settings:
        """The settings with the ports the doors really have."""
        return self._settings

    def pid(self, role: str) -> int:
        """The process id of a child now."""
        return self._children[role].process.pid

    def working(self, role: str) -> bool:
        """Whether a child has said that it is ready and has not ended."""
        child = self._children[role]
        return child.ready.is_set() and child.process.poll() is None

    @property
    def restarts(self) -> dict[str, int]:
        """How often each child was started again."""
        return {role: child.restarts for role, child in self._children.items()}

    def __enter__(self) -> Self:
        """Hold the folder and start every child; raises FolderInUse, or NotRunnable when one will not start."""
        self._hold = self._folder.hold(inheritable=True)
        self._held = self._hold.__enter__()
        self._alive_end, self._lifeline = os.pipe()
        try:
            for role in ROLES:
                self._children[role] = self._start(role)
            for role in ROLES:
                self._await_ready(self._children[role])
        except BaseException:
            self._stop_all()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop every child: ask, wait, then kill."""
        self._stop_all()

    def watch(self) -> None:
        """Look once at every child and start again what has died; call it again and again."""
        for role, child in list(self._children.items()):
            if child.process.poll() is not None and self._clock.elapsed() >= child.again_at:
                self._restart(role, child)

    def run(self, until: threading.Event) -> None:
        """Watch until told to stop."""
        while not until.wait(_LOOK_EVERY_SECONDS):
            self.watch()

    def _restart(self, role: str, dead: _Child) -> None:
        code = dead.process.returncode
        self._say(f"{role} ended with code {code}; starting it again")
        fresh = self._start(role)
        fresh.restarts = dead.restarts + 1
        # Killed from outside it comes back at once; one that ends by itself soon after its start is made to wait.
        by_itself = code >= 0 and self._clock.elapsed() - dead.started_at < _LONG_LIFE_SECONDS
        fresh.quick_ends = dead.quick_ends + 1 if by_itself else 0
        fresh.again_at = self._clock.elapsed() + min(0.1 * (2**fresh.quick_ends - 1), _LONGEST_BACKOFF_SECONDS)
        self._children[role] = fresh

    def _start(self, role: str) -> _Child:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "wardwise.run.child", role, self._settings.to_json(), str(self._alive_end)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            pass_fds=(self._alive_end, self._held),  # the lock lasts while any child lives
        )
        listener = threading.Thread(target=lambda: self._listen(child), name=f"{role}-ready", daemon=True)
        child = _Child(role, process, threading.Event(), listener, started_at=self._clock.elapsed())
        listener.start()
        return child

    def _listen(self, child: _Child) -> None:
        assert child.process.stdout is not None  # noqa: S101 - it was asked for with PIPE
        with child.process.stdout as told:
            for line in told:
                child.port = int(orjson.loads(line)["port"])
                child.ready.set()

    def _await_ready(self, child: _Child) -> None:
        end = self._clock.elapsed() + _FIRST_READY_SECONDS
        while not child.ready.wait(_LOOK_EVERY_SECONDS):
            if child.process.poll() is not None or self._clock.elapsed() > end:
                raise NotRunnable(
                    what=f"the {child.role} process",
                    why=f"it ended with code {child.process.poll()} before it was ready",
                    remedy="Its own message stands above; `wardwise check` and `wardwise doctor` say more.",
                )
        self._settings = self._settings.with_port(child.role, child.port)

    def _stop_all(self) -> None:
        for child in self._children.values():
            if child.process.poll() is None:
                child.process.terminate()
        end = self._clock.elapsed() + _STOP_SECONDS
        for child in self._children.values():
            while child.process.poll() is None and self._clock.elapsed() < end:
                pause(_LOOK_EVERY_SECONDS)
            if child.process.poll() is None:
                child.process.kill()
            child.process.wait()
            child.listener.join(_STOP_SECONDS)
        os.close(self._lifeline)
        os.close(self._alive_end)
        self._hold.__exit__(None, None, None)
