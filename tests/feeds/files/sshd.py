"""OpenSSH's own server on loopback, for tests of fetching: keys of its own, a folder that it serves."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from benches.load.ports import free_port

from wardwise.sites.sftp import Sftp

SSHD = shutil.which("sshd", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
CONFIG = """
ListenAddress 127.0.0.1:{port}
HostKey {home}/host
PidFile none
AuthorizedKeysFile {home}/user.pub
StrictModes no
UsePAM no
PasswordAuthentication no
Subsystem sftp internal-sftp
"""


@dataclass
class Sshd:
    """A server that may be stopped and started; `outgoing` is what it serves."""

    home: Path
    port: int
    outgoing: Path
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def at(self) -> Sftp:
        """How a site names it."""
        return Sftp(
            host="127.0.0.1", port=self.port, user=_user(), folder=str(self.outgoing), every_seconds=1,
            known_hosts=str(self.home / "known_hosts"), key=str(self.home / "user"),
        )  # fmt: skip

    def start(self) -> None:
        assert SSHD is not None
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", self.home / "config"], stdout=log, stderr=log)
        for _ in range(300):
            assert self.process.poll() is None, (self.home / "log").read_text()
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as heard:
                    if heard.recv(4) == b"SSH-":
                        return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError("sshd did not start")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def put(self, name: str, body: bytes, *, changed: int = 1_770_000_000) -> None:
        """Lay a file there as a sender does: under its name at once, with a time of its own."""
        (self.outgoing / name).write_bytes(body)
        os.utime(self.outgoing / name, (changed, changed))


@contextmanager
def sshd(home: Path) -> Iterator[Sshd]:
    """A running server; skips by name where there is none."""
    if SSHD is None:
        pytest.skip("no sshd on this machine: see .ci/run")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # it insists
    (home / "outgoing").mkdir(parents=True)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home / name], check=True)
    server = Sshd(home, free_port(), home / "outgoing")
    (home / "config").write_text(CONFIG.format(port=server.port, home=home))
    key = (home / "host.pub").read_text().split()
    (home / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {key[0]} {key[1]}\n")
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _user() -> str:
    import pwd  # noqa: PLC0415

    return pwd.getpwuid(os.geteuid()).pw_name
