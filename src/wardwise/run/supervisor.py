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

from wardwise.errors import NotRunnable, StoreUnavailable
from wardwise.loop.capture.absence import FETCH, FHIR, PROCESSES, PUBLISH, STREAMS, Why
from wardwise.run.clock import SystemClock, pause
from wardwise.run.settings import Settings
from wardwise.stores.folder import DataFolder
from wardwise.stores.reserve import Reserve
from wardwise.stores.roll import Roll

_FIRST_READY_SECONDS = 60.0
_STOP_SECONDS = 10.0
_LOOK_EVERY_SECONDS = 0.05
_LONGEST_BACKOFF_SECONDS = 5.0
_LONG_LIFE_SECONDS = 10.0
# Signs of life come twice a second. Said at 2.5 s, a silence is on every page within five.
_SILENT_AFTER_SECONDS = 2.5
_KILLED_AFTER_SECONDS = 15.0
_LONGEST_LOOK_SECONDS = 0.25
_RESERVE_EVERY_SECONDS = 0.5


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
    signs: int = 0
    silent_for: float = 0.0


class Supervisor:
    """One running service. Use it as a context: on leaving it every child has ended."""

    def __init__(self, settings: Settings, *, say: Callable[[str], None] = lambda _: None) -> None:
        self._settings = settings
        self._say = say
        self._clock = SystemClock()
        self._hospital = settings.open_clock()
        self._children: dict[str, _Child] = {}
        asked = {
            FHIR: settings.polls,
            FETCH: settings.fetches,
            STREAMS: settings.streams,
            PUBLISH: settings.publishes,
        }
        self._roles = [role for role in PROCESSES if asked.get(role, True)]
        self._reserve_at = 0.0
        self._folder = DataFolder(settings.data)
        self._reserve = Reserve(self._folder, settings.reserve_mib << 20)

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
        """Hold the folder and start every child; raises FolderInUse, StoreUnavailable, or NotRunnable."""
        self._hold = self._folder.hold(inheritable=True)
        self._held = self._hold.__enter__()
        try:
            self._reserve.keep()  # before the roll, which needs room
            self._roll = Roll.create(self._folder.roll)
        except BaseException:
            self._hold.__exit__(None, None, None)
            raise
        self._alive_end, self._lifeline = os.pipe()
        self._looked_at = self._clock.elapsed()
        try:
            for role in self._roles:
                self._children[role] = self._start(role)
            for role in self._roles:
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
        """Look once at every child, say who is away, start again what has died; call it again and again.

        One that gives no sign of life for long is killed, to be started again.
        """
        now = self._clock.elapsed()
        self._keep_reserve(now)
        # A machine that stood still is not its children's silence: what a look took too long does not count.
        passed, self._looked_at = min(now - self._looked_at, _LONGEST_LOOK_SECONDS), now
        for role, child in list(self._children.items()):
            ended = child.process.poll() is not None
            self._listen_for(child, passed)
            self._call(role, child, ended=ended)
            if ended and now >= child.again_at:
                self._restart(role, child)
            elif child.silent_for > _KILLED_AFTER_SECONDS:
                self._say(f"{role} gave no sign of life for {_KILLED_AFTER_SECONDS:.0f} s; it is killed")
                child.process.kill()

    def _keep_reserve(self, now: float) -> None:
        if now < self._reserve_at:
            return
        self._reserve_at, before = now + _RESERVE_EVERY_SECONDS, self._reserve.laid
        try:
            self._reserve.keep()
        except StoreUnavailable as fault:
            self._say(str(fault))
        if before and not self._reserve.laid:
            self._say("the disk is full: its reserve is given up, and messages are refused until there is room")
        elif self._reserve.laid and not before:
            self._say("there is room again: the reserve is laid, and messages are taken in")

    def _listen_for(self, child: _Child, passed: float) -> None:
        signs = self._roll.signs(child.role)
        alive = signs != child.signs or not child.ready.is_set()
        child.signs, child.silent_for = signs, 0.0 if alive else child.silent_for + passed

    def _call(self, role: str, child: _Child, *, ended: bool) -> None:
        if ended:
            self._roll.away(role, Why.ENDED, self._hospital.now())
        elif child.silent_for > _SILENT_AFTER_SECONDS:
            self._roll.away(role, Why.SILENT, self._hospital.now())
        elif child.ready.is_set():
            self._roll.back(role, self._hospital.now())

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
        self._roll.close()
        os.close(self._lifeline)
        os.close(self._alive_end)
        self._hold.__exit__(None, None, None)
