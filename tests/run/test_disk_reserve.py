"""The disk fills under a running service: senders hear AE, the incident is written, it ends cleanly or goes on."""

import time
from pathlib import Path

import httpx
import pytest
from tests.run.test_absences_in_the_log import configuration, stores
from tests.run.test_disk_faults import (
    BACK_SECONDS,
    NOTICED_SECONDS,
    accepted,
    arrival,
    everything_kept,
    served,
)
from tests.run.test_service import settled
from tests.run.test_worker import NOON, events
from tests.stores.small_disk import fill, small_disk
from tests.waiting import wait_until

from wardwise.assemble.stores import READ_ONLY, Stores, open_stores
from wardwise.cli.examine import examine
from wardwise.hospital.moment import moment
from wardwise.loop.capture.room import AMPLE, Room
from wardwise.rehearse.replay.decisions import Configuration
from wardwise.run.resume import resume
from wardwise.run.supervisor import Supervisor

__all__ = ["configuration", "small_disk", "stores"]  # fixtures
ASKED_SECONDS = 9.0  # a process that has not ended ten seconds after it was asked to is killed
PAGES = ["/", "/feeds", "/governance", "/role"]


def disk(service: Supervisor) -> dict[str, object]:
    found = examine(service.settings.data, now=moment(0))
    return next(each for each in found if each["what"] == "disk")


def changes(service: Supervisor) -> list[object]:
    return [each.payload["state"] for each in settled(service.settings.data)[1] if each.kind == "disk.changed"]


@pytest.mark.slow
def test_a_full_disk_is_refused_written_down_and_said_everywhere(small_disk: Path, demo_site: Path) -> None:
    data = small_disk / "data"
    with served(data, demo_site) as (service, sender):
        address = f"http://127.0.0.1:{service.settings.http_port}"
        with httpx.Client(base_url=address, timeout=10) as client:
            wait_until(lambda: accepted(sender, "1") and client.get("/health/ready").status_code == 200, seconds=60)
            assert client.get("/health/ready").json()["warning"] == "the disk is nearly full"  # it has 48 MB
            assert "DISK NEARLY FULL: less than 1,024 MiB left" in client.get("/").text
            door = service.pid("mllp")
            filler = fill(small_disk)
            wait_until(lambda: client.get("/health/ready").status_code == 503, seconds=NOTICED_SECONDS)
            answers = [sender.send(arrival(f"f{number}"), attempts=1) for number in range(5)]
            assert all(b"MSA|AE" in each and b"(the disk is full)" in each for each in answers)
            told = "Nothing is taken in: the disk is full."
            wait_until(lambda: all(told in client.get(path).text for path in PAGES), seconds=NOTICED_SECONDS)
            assert client.get("/api/advice/open").json()["trouble"] == "the disk is full"
            assert not disk(service)["fine"]
            wait_until(lambda: changes(service) == ["low", "full"], seconds=BACK_SECONDS)
            assert service.pid("mllp") == door  # it answers, and need not be started again
            filler.unlink()
            wait_until(lambda: accepted(sender, "last"), seconds=BACK_SECONDS)
            wait_until(lambda: changes(service) == ["low", "full", "low"], seconds=BACK_SECONDS)
        everything_kept(service, ["1", "last"])
    opened = [each.payload for each in settled(data)[1] if each.kind == "incident.opened"]
    owned = [(each["where"], each["owner"]) for each in opened if str(each["where"]).startswith("disk")]
    assert owned == [("disk low", "Clinical data platform"), ("disk full", "Clinical data platform")]


@pytest.mark.slow
def test_a_service_that_is_stopped_on_a_full_disk_ends_cleanly(small_disk: Path, demo_site: Path) -> None:
    data = small_disk / "data"
    with served(data, demo_site) as (service, sender):
        wait_until(lambda: accepted(sender, "1"), seconds=60)
        everything_kept(service, ["1"])
        fill(small_disk)
        wait_until(lambda: (data / "reserve").stat().st_size == 0, seconds=NOTICED_SECONDS)
        wait_until(lambda: "full" in changes(service), seconds=BACK_SECONDS)
        begun = time.monotonic()
    assert time.monotonic() - begun < ASKED_SECONDS  # nobody had to be killed
    with open_stores(data, READ_ONLY) as opened:
        assert opened.log.verify("demo").position == opened.log.head("demo").position
        assert opened.inbox.verify().receipts == 1
        incidents = [each.payload.get("where") for each in opened.log.read("demo") if each.kind == "incident.opened"]
    assert "disk full" in incidents


def test_what_the_disk_has_left_is_told_once_and_by_turns_only_past_a_margin(
    stores: Stores, configuration: Configuration
) -> None:
    worker = resume(stores, configuration, NOON)
    mib = 1 << 20
    rooms = [
        AMPLE,
        Room(1_023 * mib),
        Room(1_100 * mib),
        Room(900 * mib),
        Room(mib, full=True),
        Room(20 * mib, full=True),
    ]
    for room in [*rooms, Room(1_127 * mib), AMPLE, Room(1_023 * mib)]:
        worker.note_service([], room, NOON)
    told = [(each.payload["state"], each.payload["free_mib"]) for each in events(stores, "disk.changed")]
    assert told == [("low", 1_023), ("full", 1), ("fine", 1_127), ("low", 1_023)]
    assert [each.payload["where"] for each in events(stores, "incident.opened")] == ["disk low", "disk full"]
