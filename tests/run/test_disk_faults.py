"""The disk fails under a running service: nothing is acknowledged that is not kept, and it comes back by itself."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from tests.run.conftest import Sender
from tests.stores.small_disk import fill, small_disk
from tests.waiting import wait_until

from wardwise.assemble.stores import READ_ONLY, open_stores, prepare
from wardwise.errors import StoreUnavailable
from wardwise.govern.data.balance import balance_of
from wardwise.run.settings import Settings
from wardwise.run.supervisor import Supervisor

__all__ = ["small_disk"]  # a fixture
BUSY = max(1.0, os.getloadavg()[0])  # two cores shared with others: limits are for one service on a machine of its own
NOTICED_SECONDS = 2.0 * BUSY
BACK_SECONDS = 10.0 * BUSY


def arrival(control: str, *, note: str = "") -> bytes:
    """Somebody comes to the emergency department."""
    return (
        f"MSH|^~\\&|EHR|LGH|WW|WW|20260301080000||ADT^A04|{control}|P|2.5.1\rEVN|A04|20260301080000\r"
        f"PID|1||M{control}^^^LGH^MR\rPV1|1|E|ED^^{control}||||||||||||||||V{control}^^^LGH\rNTE|1||{note}\r"
    ).encode()


@contextmanager
def watched(service: Supervisor) -> Iterator[None]:
    """The supervisor looks after its children meanwhile."""
    stop = threading.Event()
    watching = threading.Thread(target=service.run, args=(stop,))
    watching.start()
    try:
        yield
    finally:
        stop.set()
        watching.join()


@contextmanager
def served(data: Path, site: Path) -> Iterator[tuple[Supervisor, Sender]]:
    """The site's service over fresh data, looked after, and one who sends to it."""
    prepare(data, seed=1)
    with (
        Supervisor(Settings(site=site, data=data)) as service,
        watched(service),
        closing(Sender(lambda: service.settings.mllp_port)) as sender,
    ):
        yield service, sender


def health(service: Supervisor) -> tuple[int, bytes]:
    """What the service says of itself; 0 while its port refuses."""
    connection = HTTPConnection("127.0.0.1", service.settings.http_port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, HTTPException):
        return 0, b""
    finally:
        connection.close()


def accepted(sender: Sender, control: str, *, note: str = "") -> bool:
    """Whether one attempt is acknowledged; a refused port is a no."""
    with suppress(OSError, AssertionError):
        return f"MSA|AA|{control}".encode() in sender.send(arrival(control, note=note), attempts=1)
    return False


def everything_kept(service: Supervisor, controls: list[str]) -> None:
    """Every acknowledged message is there once it was read, and the books balance."""
    with open_stores(service.settings.data, READ_ONLY) as stores:
        wait_until(lambda: not balance_of(stores.inbox, stores.log, "demo").pending, seconds=60)
        kept = {raw.arrival.control_id for raw in stores.inbox.pending("demo", after=0, limit=100_000)}
        assert set(controls) <= kept
        assert balance_of(stores.inbox, stores.log, "demo").holds


@pytest.mark.slow
@pytest.mark.parametrize("file", ["inbox.db", "events.db"])
def test_a_database_that_is_moved_away_stops_the_service_and_its_return_starts_it(
    service: Supervisor, sender: Sender, file: str
) -> None:
    place = service.settings.data / file
    away = service.settings.data.with_name("away")
    with watched(service):
        wait_until(lambda: accepted(sender, "1") and health(service)[0] == 200, seconds=60)
        place.rename(away)
        wait_until(lambda: health(service)[0] != 200, seconds=NOTICED_SECONDS)
        kept = [f"a{number}" for number in range(10) if accepted(sender, f"a{number}")]
        assert file != "inbox.db" or not kept
        assert not place.exists()  # nobody made an empty one in its place
        away.rename(place)
        wait_until(lambda: accepted(sender, "2") and health(service)[0] == 200, seconds=BACK_SECONDS)
        everything_kept(service, ["1", "2", *kept])


@pytest.mark.slow
def test_a_full_disk_is_told_to_senders_and_room_brings_the_service_back(small_disk: Path, demo_site: Path) -> None:
    with served(small_disk / "data", demo_site) as (service, sender):
        wait_until(lambda: accepted(sender, "1") and health(service)[0] == 200, seconds=60)
        filler = fill(small_disk)
        wait_until(lambda: health(service)[0] != 200, seconds=NOTICED_SECONDS)
        note = "x" * 100_000
        kept = [control for control in map(str, range(2, 30)) if accepted(sender, control, note=note)]
        assert "29" not in kept
        filler.unlink()
        wait_until(lambda: accepted(sender, "last") and health(service)[0] == 200, seconds=BACK_SECONDS)
        everything_kept(service, ["1", "last", *kept])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_sync_that_fails_is_not_acknowledged_and_the_door_comes_back(service: Supervisor, sender: Sender) -> None:
    with watched(service):
        wait_until(lambda: accepted(sender, "1"), seconds=60)
        door = service.pid("mllp")
        inject = "inject=fsync,fdatasync:error=EIO:when=3"
        command = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-e", inject, "-p", str(door)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracing:
            answers = {}
            time.sleep(1)
            for number in range(10):
                control = f"s{number}"
                answers[control] = accepted(sender, control)
            wait_until(lambda: service.pid("mllp") != door, seconds=BACK_SECONDS)
            told = tracing.communicate(timeout=30)[1]
        assert "INJECTED" in told
        assert not all(answers.values())
        wait_until(lambda: accepted(sender, "last"), seconds=BACK_SECONDS)
        everything_kept(service, ["1", "last", *(control for control, yes in answers.items() if yes)])


@pytest.mark.parametrize("file", ["inbox.db", "events.db", "vault.db"])
def test_a_database_that_is_gone_at_the_start_is_named_and_no_empty_one_is_made(tmp_path: Path, file: str) -> None:
    data = tmp_path / "data"
    prepare(data, seed=1)
    (data / file).unlink()
    for opening in (lambda: prepare(data), lambda: open_stores(data, READ_ONLY)):
        with pytest.raises(StoreUnavailable, match=f"{file}.*not there"):
            opening()
    assert not (data / file).exists()
