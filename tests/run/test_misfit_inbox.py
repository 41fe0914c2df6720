"""An inbox that is older than its log, or another log's: nothing is acknowledged into it, and everybody says why."""

import shutil
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx
import pytest
from tests.run.conftest import Sender
from tests.run.test_disk_faults import BACK_SECONDS, accepted, arrival, watched
from tests.run.test_service import settled
from tests.run.test_worker import NOON, configuration, vitals
from tests.waiting import wait_until

from wardwise.assemble.pairing import misfit
from wardwise.assemble.stores import READ_ONLY, WORKER, open_stores, prepare
from wardwise.cli.examine import examine
from wardwise.errors import StoreUnavailable
from wardwise.govern.data.balance import balance_of
from wardwise.hospital.moment import moment
from wardwise.rehearse.replay.decisions import Configuration
from wardwise.run.resume import resume
from wardwise.run.settings import Settings
from wardwise.run.supervisor import Supervisor

__all__ = ["configuration"]  # a fixture


def doctor(data: Path) -> dict[str, object]:
    found = examine(data, now=moment(0))
    return next(each for each in found if each["what"] == "inbox and log")


def copied(data: Path, place: Path) -> Path:
    """A whole copy of the inbox, as a backup is made; its -wal is in it."""
    with sqlite3.connect(data / "inbox.db") as source, sqlite3.connect(place) as target:
        source.backup(target)
    return place


def put(copy: Path, data: Path) -> None:
    for left in data.glob("inbox.db*"):
        left.unlink()
    shutil.copyfile(copy, data / "inbox.db")


def receipts(data: Path) -> int:
    with open_stores(data, READ_ONLY) as stores:
        return stores.inbox.last_sequence


def serve(settings: Settings, *controls: str) -> None:
    """Run a service, have messages acknowledged, and stop it when they are read."""
    with Supervisor(settings) as service, watched(service):
        sender = Sender(lambda: service.settings.mllp_port)
        for control in controls:
            wait_until(partial(accepted, sender, control), seconds=60)
        settled(settings.data)
        sender.close()


@pytest.mark.slow
@pytest.mark.unbalanced
def test_an_older_inbox_takes_nothing_in_until_the_newer_one_is_back(tmp_path: Path, demo_site: Path) -> None:
    data = tmp_path / "data"
    prepare(data, seed=1)
    settings = Settings(site=demo_site, data=data)
    serve(settings, "1")
    older = copied(data, tmp_path / "older")
    serve(settings, "2", "3")
    newer = copied(data, tmp_path / "newer")
    put(older, data)
    assert "older copy" in str(doctor(data)["says"])
    with Supervisor(settings) as service, watched(service):
        refused_everywhere(service)
    assert receipts(data) == 1
    put(newer, data)
    assert doctor(data)["fine"]
    serve(settings, "4")
    with open_stores(data, READ_ONLY) as stores:
        assert {raw.arrival.control_id for raw in stores.inbox.pending("demo", after=0)} == {"1", "2", "3", "4"}
        assert balance_of(stores.inbox, stores.log, "demo").holds


def refused_everywhere(service: Supervisor) -> None:
    with (
        closing(Sender(lambda: service.settings.mllp_port)) as sender,
        httpx.Client(base_url=f"http://127.0.0.1:{service.settings.http_port}", timeout=10) as client,
    ):
        answer = sender.send(arrival("4"))
        assert b"MSA|AE" in answer
        assert b"older copy" in answer
        wait_until(lambda: client.get("/health/ready").json().get("trouble", ""), seconds=BACK_SECONDS)
        assert "older copy" in client.get("/health/ready").json()["trouble"]
        assert "Nothing is taken in: the inbox ends at 1 and the log has read it up to 3" in client.get("/").text
        assert "older copy" in client.get("/api/advice/open").json()["trouble"]
        assert "events.db of one backup" in str(doctor(service.settings.data)["says"])


@pytest.mark.unbalanced
def test_an_inbox_of_another_log_is_told_from_its_own(tmp_path: Path, configuration: Configuration) -> None:
    for name, count in (("ours", 2), ("theirs", 5)):
        prepare(tmp_path / name, seed=1)
        with open_stores(tmp_path / name, WORKER) as stores:
            for number in range(count):
                vitals(stores, f"{name}-{number}", NOON)
            assert misfit(stores.inbox, stores.log, "demo") == ""
            resume(stores, configuration, NOON).cycle(NOON)
            assert misfit(stores.inbox, stores.log, "demo") == ""
    put(copied(tmp_path / "theirs", tmp_path / "copy"), tmp_path / "ours")
    assert "another log's" in str(doctor(tmp_path / "ours")["says"])
    with open_stores(tmp_path / "ours", WORKER) as stores, pytest.raises(StoreUnavailable, match="another log's"):
        resume(stores, configuration, NOON)


def test_a_log_older_than_its_inbox_reads_again_what_it_does_not_know(
    tmp_path: Path, configuration: Configuration
) -> None:
    data = tmp_path / "data"
    prepare(data, seed=1)
    with open_stores(data, WORKER) as stores:
        vitals(stores, "1", NOON)
        resume(stores, configuration, NOON).cycle(NOON)
    older = shutil.copyfile(data / "events.db", tmp_path / "events")
    with open_stores(data, WORKER) as stores:
        vitals(stores, "2", NOON, pulse=90)
        resume(stores, configuration, NOON).cycle(NOON)
        before = [event.id for event in stores.log.read("demo") if event.kind == "sign.measured"]
    for left in data.glob("events.db*"):
        left.unlink()
    shutil.copyfile(older, data / "events.db")
    with open_stores(data, WORKER) as stores:
        assert misfit(stores.inbox, stores.log, "demo") == ""
        resume(stores, configuration, NOON).cycle(NOON)
        assert [event.id for event in stores.log.read("demo") if event.kind == "sign.measured"] == before


def test_people_are_not_answered_into_an_inbox_that_is_not_the_logs(tmp_path: Path) -> None:
    prepare(tmp_path / "data", seed=1)
    with open_stores(tmp_path / "data", WORKER) as stores:
        stores.inbox.closed = lambda: "it is an older copy"
        with pytest.raises(StoreUnavailable, match="older copy"):
            vitals(stores, "1", NOON)
        assert stores.inbox.last_sequence == 0
