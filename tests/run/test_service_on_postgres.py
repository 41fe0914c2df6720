"""The whole service with its log on PostgreSQL: real processes, a client not ours, a server that goes and comes."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from benches.load.postgres_server import PASSWORD, Cluster
from tests.run.conftest import Sender
from tests.run.test_service import arrival, settled

from wardwise.assemble.stores import READ_ONLY, open_stores, prepare
from wardwise.errors import NotAllowed
from wardwise.run.settings import Settings
from wardwise.run.supervisor import Supervisor
from wardwise.stores.place import PASSWORD as VARIABLE
from wardwise.stores.place import Place

WARDWISE = Path(sys.executable).with_name("wardwise")


@pytest.fixture
def place(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A fresh database whose password is in the environment."""
    monkeypatch.setenv(VARIABLE, PASSWORD)
    return Place(cluster.database())


@dataclass(frozen=True, slots=True)
class Running:
    service: Supervisor
    sender: Sender
    data: Path


@pytest.fixture
def running(tmp_path: Path, demo_site: Path, place: Place) -> Iterator[Running]:
    data = tmp_path / "data"
    prepare(data, seed=1, place=place)
    with Supervisor(Settings(site=demo_site, data=data)) as service:
        sender = Sender(lambda: service.settings.mllp_port)
        yield Running(service, sender, data)
        sender.close()


def wardwise(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([WARDWISE, *map(str, words)], capture_output=True, text=True, timeout=60, check=False)


def test_messages_become_events_and_decisions_there_and_replay_gives_the_same_bytes(running: Running) -> None:
    for number in range(12):
        assert b"MSA|AA" in running.sender.send(arrival(str(number)))
    assert b"MSA|AA|3" in running.sender.send(arrival("3"))
    assert b"MSA|AR" in running.sender.send(b"no message at all")
    balance, events = settled(running.data)
    assert (balance.applied, balance.duplicate, balance.refused, balance.holds) == (12, 1, 1, True)
    assert sum(event.kind == "stay.arrived" for event in events) == 12
    end = time.monotonic() + 30
    while "prediction.made" not in {event.kind for event in events} and time.monotonic() < end:
        events = settled(running.data)[1]
    done = {words: wardwise(*words.split(), "--data", running.data, "--json") for words in LOOKS}
    assert {words: one.returncode for words, one in done.items()} == dict.fromkeys(LOOKS, 0), done
    [replayed] = json.loads(done["replay --verify"].stdout).values()
    assert replayed["decisions"] > 0
    assert json.loads(done["log verify"].stdout)["receipts"] == 14
    shown = "".join(one.stdout + one.stderr for one in done.values())
    assert PASSWORD not in shown
    explained = wardwise("explain", events[-1].id, "--data", running.data)
    assert explained.returncode == 0
    assert "ZZPHI" not in shown + explained.stdout


LOOKS = (
    "replay --verify",
    "log verify",
    "log balance",
    "log tail",
    "log rebuild --verify",
    "log export-head",
    "doctor",
)


def test_no_file_argument_or_help_holds_the_password(running: Running) -> None:
    for role in ("worker", "mllp", "http"):
        told = Path(f"/proc/{running.service.pid(role)}/cmdline").read_bytes()
        assert PASSWORD.encode() not in told
    assert sorted(path.name for path in running.data.glob("*.db*")) == []
    kept = b"".join(path.read_bytes() for path in running.data.rglob("*") if path.is_file())
    assert PASSWORD.encode() not in kept
    assert PASSWORD not in wardwise("serve", "--help").stdout


def answers_for(running: Running, seconds: float, *, until: bytes = b"nothing") -> list[bytes]:
    """What the door answers to one message sent again and again, for so long or until it answers so."""
    answers = [b""]
    end = time.monotonic() + seconds
    while time.monotonic() < end and until not in answers[-1]:
        running.service.watch()
        try:
            answers.append(running.sender._once(arrival("2")))
        except OSError:
            running.sender.close()
        time.sleep(0.05)
    return answers


def test_while_the_server_is_gone_nothing_is_acknowledged_and_ten_seconds_after_its_return_all_is_well(
    running: Running, cluster: Cluster
) -> None:
    assert b"MSA|AA" in running.sender.send(arrival("1"))
    cluster.stop()
    try:
        refused = answers_for(running, 3.0)
    finally:
        cluster.start()
    assert not [answer for answer in refused if b"MSA|AA" in answer]
    assert b"MSA|AA" in answers_for(running, 10.0, until=b"MSA|AA")[-1]
    end = time.monotonic() + 20
    while settled(running.data, patience=0)[0].pending and time.monotonic() < end:
        running.service.watch()
        time.sleep(0.1)
    restarts = running.service.restarts
    assert max(restarts.values()) == 1, restarts  # each that met the fault ended once, and waited for the server
    balance, events = settled(running.data)
    assert (balance.applied, balance.pending, balance.holds) == (2, 0, True)
    assert sum(event.kind == "stay.arrived" for event in events) == 2


def test_a_second_service_of_the_site_stands_by_and_takes_over_when_the_first_worker_is_gone(
    running: Running, tmp_path: Path, demo_site: Path, place: Place
) -> None:
    other = tmp_path / "other"
    prepare(other, seed=1, place=place)
    with Supervisor(Settings(site=demo_site, data=other)) as second:
        assert second.working("worker")
        assert b"MSA|AA" in running.sender.send(arrival("1"))
        assert settled(running.data)[0].applied == 1
        running.service._children["worker"].process.kill()  # and nobody watches it, so it is not started again
        sender = Sender(lambda: second.settings.mllp_port)
        assert b"MSA|AA" in sender.send(arrival("2"))
        sender.close()
        begun = time.monotonic()
        balance, _ = settled(other, patience=15)
        assert (balance.applied, balance.pending, balance.holds) == (2, 0, True)
        assert time.monotonic() - begun < 12
    with open_stores(other, READ_ONLY) as stores:
        holders = stores.log.read("demo")
    assert [event.position for event in holders] == list(range(1, len(holders) + 1))


def test_another_machines_keys_are_refused(tmp_path: Path, place: Place) -> None:
    prepare(tmp_path / "one", seed=1, place=place)
    with pytest.raises(NotAllowed, match="another key"):
        prepare(tmp_path / "two", place=place)


def test_a_folder_with_databases_of_its_own_keeps_them(tmp_path: Path, place: Place) -> None:
    prepare(tmp_path / "data", seed=1)
    with pytest.raises(NotAllowed, match=r"keeps its databases in files \(inbox.db\)"):
        prepare(tmp_path / "data", place=place)


def test_a_password_in_the_address_is_refused_wherever_it_is_written(tmp_path: Path, place: Place) -> None:
    with_password = place.address.replace("@", ":ZZWORD@")
    done = wardwise("init", "--data", tmp_path / "data", "--store", with_password)
    assert done.returncode == 20
    assert "others on this machine can read" in done.stderr
    assert "ZZWORD" not in done.stderr + done.stdout
    assert not (tmp_path / "data").exists()


def test_doctor_names_a_server_that_cannot_be_reached_and_what_it_promises(tmp_path: Path, place: Place) -> None:
    assert wardwise("init", "--data", tmp_path / "data", "--store", place.address).returncode == 0
    fine = wardwise("doctor", "--data", tmp_path / "data")
    assert "fsync on, full_page_writes on, synchronous_commit on" in fine.stderr
    file = tmp_path / "data" / "store.json"
    file.write_text(json.dumps({"address": "postgresql://nobody@127.0.0.1:1/none", "password_file": None}))
    gone = wardwise("doctor", "--data", tmp_path / "data")
    assert gone.returncode == 1
    assert "LOOK PostgreSQL" in gone.stderr
    assert "Traceback" not in gone.stderr
