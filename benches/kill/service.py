"""`wardwise serve` in a process of its own, started again when it ends, as a service manager would."""

import os
import signal
import subprocess
import sys
import threading
import time
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Self

from benches.load.ports import free_port
from benches.load.postgres_server import children

WARDWISE = Path(sys.executable).with_name("wardwise")
SUPERVISOR = "supervisor"
PROCESSES = ("mllp", "worker", "http")  # beside the supervisor
_LOOK_EVERY_SECONDS = 0.05
_START_SECONDS = 120.0
_STOP_SECONDS = 30.0


def board_ready(port: int) -> bool:
    """Whether the board on a port of ours has read the log; that it listens is not enough."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


class Service:
    """One site's service on fixed ports; use it as a context. What it says goes to a file beside its data."""

    def __init__(self, site: Path, data: Path) -> None:
        """Nothing runs yet."""
        self.mllp, self.http = free_port(), free_port()
        ports = ["--http", str(self.http), "--mllp", str(self.mllp)]
        self._command = [str(WARDWISE), "serve", "--site", str(site), "--data", str(data), *ports]
        self._said = data.with_name("said")
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def __enter__(self) -> Self:
        """Start it, and whatever ends it from now on, start it again."""
        self._said.touch()
        self._keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ask it to end, and wait."""
        self._stop.set()
        self._keeper.join(_STOP_SECONDS)
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(_STOP_SECONDS)

    def pid(self, role: str) -> int | None:
        """The process id of a role now; None while it is not there."""
        main = self._process
        if main is None or main.poll() is not None:
            return None
        if role == SUPERVISOR:
            return main.pid
        return next((child for child in children(main.pid) if role in _words(child)), None)

    def kill(self, role: str) -> int | None:
        """Kill -9 a role; the id it had, None when it was not there to be killed."""
        pid = self.pid(role)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        return pid

    def await_ready(self) -> None:
        """Wait until every process was ready once; one that is killed before that ends the service. TimeoutError."""
        end = time.monotonic() + _START_SECONDS
        while b"The board: " not in self._said.read_bytes():
            if time.monotonic() > end:
                raise TimeoutError("the service is not ready")
            time.sleep(_LOOK_EVERY_SECONDS)

    def memory_mib(self, role: str) -> float:
        """Resident memory of a role now."""
        status = Path(f"/proc/{self.pid(role)}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024

    def _keep(self) -> None:
        with self._said.open("ab") as said:
            while not self._stop.is_set():
                if self._process is None or self._process.poll() is not None:
                    self._process = subprocess.Popen(self._command, stdout=said, stderr=said)
                time.sleep(_LOOK_EVERY_SECONDS)


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []
