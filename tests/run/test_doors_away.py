"""A door or worker of the service is killed or stopped: within five seconds all surfaces say so, until it is back."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from tests.run.conftest import Sender
from tests.run.test_disk_faults import BACK_SECONDS, BUSY, accepted, watched
from tests.run.test_service import settled
from tests.waiting import wait_until

from wardwise.cli.examine import examine
from wardwise.hospital.moment import moment
from wardwise.loop.capture.event import Event
from wardwise.run.supervisor import Supervisor

SAID_WITHIN = 5.0 * BUSY
PAGES = ["/", "/feeds", "/governance", "/role"]
KILLED_AFTER = 15.0


@pytest.fixture
def client(service: Supervisor) -> Iterator[httpx.Client]:
    address = f"http://127.0.0.1:{service.settings.http_port}"
    with httpx.Client(base_url=address, timeout=10) as made:
        yield made


def said_everywhere(client: httpx.Client, banner: str) -> bool:
    away = [each["process"] for each in client.get("/api/advice/open").json()["away"]]
    return bool(away) and all(banner in client.get(path).text for path in PAGES)


def nothing_said(client: httpx.Client) -> bool:
    return not client.get("/api/advice/open").json()["away"] and "away since" not in client.get("/").text


def told(service: Supervisor, kind: str) -> list[Event]:
    return [event for event in settled(service.settings.data)[1] if event.kind == kind]


def doctor(service: Supervisor) -> dict[str, object]:
    findings = examine(service.settings.data, now=moment(0))
    return next(each for each in findings if each["what"] == "processes")


def in_the_log(service: Supervisor, process: str, why: str) -> bool:
    states = [event.payload for event in told(service, "process.away")]
    return [(each["process"], each["state"], each["why"]) for each in states] == [
        (process, "away", why),
        (process, "back", why),
    ]


def incident(service: Supervisor) -> Event:
    (opened,) = [each for each in told(service, "incident.opened") if str(each.payload["where"]).startswith("process")]
    return opened


@pytest.mark.slow
def test_a_stopped_door_is_said_everywhere_then_replaced(
    service: Supervisor, sender: Sender, client: httpx.Client
) -> None:
    with watched(service):
        wait_until(lambda: accepted(sender, "1") and client.get("/health/ready").status_code == 200, seconds=60)
        assert doctor(service)["fine"]
        os.kill(service.pid("mllp"), signal.SIGSTOP)
        wait_until(lambda: said_everywhere(client, "The HL7 v2 door is away"), seconds=SAID_WITHIN)
        assert client.get("/health/ready").json()["trouble"] == "mllp: silent"
        found = doctor(service)
        assert "mllp away since" in str(found["says"])
        assert not found["fine"]
        wait_until(lambda: accepted(sender, "2"), seconds=KILLED_AFTER + BACK_SECONDS)
        wait_until(lambda: nothing_said(client) and client.get("/health/ready").status_code == 200, seconds=SAID_WITHIN)
        wait_until(lambda: in_the_log(service, "mllp", "silent"), seconds=SAID_WITHIN)
    opened = incident(service)
    assert opened.payload["owner"] == "Clinical data platform"
    assert opened.caused_by == (told(service, "process.away")[0].id,)


@pytest.mark.slow
def test_a_killed_door_that_cannot_listen_again_is_said_until_it_can(
    service: Supervisor, sender: Sender, client: httpx.Client
) -> None:
    with watched(service):
        wait_until(lambda: accepted(sender, "1") and client.get("/health/ready").status_code == 200, seconds=60)
        with closing(socket.socket()) as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            os.kill(service.pid("mllp"), signal.SIGKILL)
            wait_until(lambda: bound(taken, service.settings.mllp_port), seconds=SAID_WITHIN)
            taken.listen()
            wait_until(lambda: said_everywhere(client, "The HL7 v2 door is away"), seconds=SAID_WITHIN)
            assert client.get("/health/ready").json()["trouble"] == "mllp: ended"
        wait_until(lambda: accepted(sender, "2"), seconds=BACK_SECONDS)
        wait_until(lambda: nothing_said(client), seconds=SAID_WITHIN)
        wait_until(lambda: in_the_log(service, "mllp", "ended"), seconds=SAID_WITHIN)
    assert incident(service).payload["where"] == "process mllp"


@pytest.mark.slow
@pytest.mark.parametrize("process", ["http", "worker"])
def test_board_and_worker_that_stand_still_are_replaced_and_it_is_in_the_log(
    service: Supervisor, client: httpx.Client, process: str
) -> None:
    with watched(service):
        wait_until(lambda: client.get("/health/ready").status_code == 200, seconds=60)
        before = service.pid(process)
        os.kill(before, signal.SIGSTOP)
        if process == "worker":
            wait_until(lambda: said_everywhere(client, "The worker is away"), seconds=SAID_WITHIN)
        else:
            wait_until(lambda: not doctor(service)["fine"], seconds=SAID_WITHIN)
        wait_until(lambda: service.pid(process) != before, seconds=KILLED_AFTER + BACK_SECONDS)
        wait_until(lambda: in_the_log(service, process, "silent"), seconds=SAID_WITHIN + BACK_SECONDS)


def bound(line: socket.socket, port: int) -> bool:
    try:
        line.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
