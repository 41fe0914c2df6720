"""A PostgreSQL server for tests and benchmarks: no root's, on a socket and a loopback port, gone at the end."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from benches.load.machine import cpu_seconds
from benches.load.ports import free_port
from wardwise.stores.place import PASSWORD as VARIABLE
from wardwise.stores.postgres.server import Server, server_of

STORES = ("sqlite", ON_A_SERVER := "postgresql")
USER = "wardwise"
PASSWORD = "ZZSECRET-of-the-database"  # noqa: S105 - looked for where it must not be
_TABLES = """
SELECT schemaname, tablename FROM pg_tables WHERE schemaname LIKE 'wardwise%' AND tablename <> 'wardwise_schema'
"""
_START_SECONDS = 30.0
_SETTINGS = {"max_connections": "60", "shared_buffers": "64MB", "wal_level": "replica", "log_min_messages": "fatal"}


def server_programs() -> Path | None:
    """The folder of the server's programs, the newest one there is."""
    beside = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("postgres")
    programs = [*([Path(on_path).resolve()] if on_path else []), *beside]
    return programs[-1].parent if programs else None


class Cluster:
    """One server over a fresh folder. `stop` and `start` are there to see what happens meanwhile."""

    def __init__(
        self, programs: Path, *, settings: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> None:
        """Start it over a fresh folder, or over the data in a `folder` that is its own from now on; `settings` come
        after those that all servers here have.
        """
        self.programs = programs
        self._settings = _SETTINGS | dict(settings or {})
        self.folder = folder or Path(tempfile.mkdtemp(prefix="wardwise-postgres-"))
        self.port = free_port()
        self._made = 0
        self._who: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        if folder is None:
            self._make()
        else:
            self.start()

    def _make(self) -> None:
        if self._who:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run("initdb", "--pgdata", str(self.folder / "data"), "--username", "postgres", "--encoding", "UTF8",
                  "--locale", "C", "--auth-local", "trust", "--auth-host", "scram-sha-256", "--no-sync")  # fmt: skip
        self.start()
        with self.master() as master:
            master.execute(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        told = [f"-c{name}={value}" for name, value in self._settings.items()]
        said = self.folder.with_suffix(".said")
        with said.open("wb") as file:
            self._server = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", "-k", self.folder, "-p", str(self.port),
                 "-clisten_addresses=127.0.0.1", *told],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file, **self._who,
            )  # fmt: skip
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.master().close()
            except psycopg.OperationalError as fault:
                if time.monotonic() > end or self._server.poll() is not None:
                    what = said.read_text(errors="replace").strip() or fault
                    raise SystemExit(f"the PostgreSQL server never answered: {what}") from None
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop it: SIGQUIT at once, as in a crash; SIGINT in good order."""
        self._server.send_signal(how)
        self._server.wait(_START_SECONDS)

    @property
    def pids(self) -> list[int]:
        """The server's processes now, itself first."""
        return [self._server.pid, *children(self._server.pid)]

    def cpu_seconds(self) -> float:
        """Processor time of all its processes so far, those that have ended included."""
        return sum(cpu_seconds(pid, ended=True) for pid in self.pids)

    def kill(self) -> None:
        """Kill -9 every process of it, as if each had met its end at one instant."""
        self._server.send_signal(signal.SIGSTOP)  # so that it starts no other meanwhile
        for pid in self.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._server.wait(_START_SECONDS)

    @contextmanager
    def frozen(self) -> Iterator[Path]:
        """Its data folder, in which nothing changes meanwhile: every process of it stands still."""
        self._server.send_signal(signal.SIGSTOP)
        pids = self.pids
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield self.folder / "data"
        finally:
            for pid in reversed(pids):
                os.kill(pid, signal.SIGCONT)

    def master(self) -> psycopg.Connection:
        """A connection of the server's own master, to whom everything is allowed."""
        return psycopg.connect(host=str(self.folder), port=self.port, user="postgres", autocommit=True)

    def database(self) -> str:
        """The address of a fresh, empty database that the role `wardwise` owns, without its password."""
        self._made += 1
        name = f"hospital{self._made}"
        with self.master() as master:
            master.execute(f"CREATE DATABASE {name} OWNER {USER}")
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def emptied(self, address: str) -> Server:
        """A database whose tables are as if just made; no row and no number of it is left."""
        server = server_of(address, password=PASSWORD)
        with psycopg.connect(server.conninfo, autocommit=True) as owner:
            there = owner.execute(_TABLES).fetchall()
            if there:
                tables = sql.SQL(", ").join(sql.Identifier(*name) for name in there)
                owner.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(tables))
        return server

    def close(self) -> None:
        """Stop it for good and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.with_suffix(".said").unlink(missing_ok=True)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([self.programs / program, *arguments], check=True, capture_output=True, **self._who)


@contextmanager
def stored(store: str) -> Iterator["Cluster | None"]:
    """A server where the log is to be on `postgresql`; None where it is in files."""
    if store != ON_A_SERVER:
        yield None
        return
    programs = server_programs()
    if programs is None:
        raise SystemExit("no PostgreSQL on this machine")
    with running(programs) as cluster:
        yield cluster


@contextmanager
def running(programs: Path) -> Iterator[Cluster]:
    """A server for the time of the context; processes started meanwhile find its password in their environment."""
    cluster = Cluster(programs)
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = PASSWORD
    try:
        yield cluster
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
        cluster.close()


def children(pid: int) -> list[int]:
    """The processes that a process started and that have not ended."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
