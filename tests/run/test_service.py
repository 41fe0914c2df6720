"""The whole service, as an installer meets it: real processes, real files, a client that is not ours."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wardwise.assemble.stores import READ_ONLY, open_stores
from wardwise.errors import FolderInUse
from wardwise.govern.data.balance import Balance, balance_of
from wardwise.loop.capture.event import Event
from wardwise.run.settings import Settings
from wardwise.run.supervisor import Supervisor

WARDWISE = Path(sys.executable).with_name("wardwise")


def arrival(control: str) -> bytes:
    """Somebody comes to the emergency department."""
    return (
        f"MSH|^~\\&|EHR|LGH|WW|WW|20260301080000||ADT^A04|{control}|P|2.5.1\r"
        f"EVN|A04|20260301080000\rPID|1||M{control}^^^LGH^MR||ZZPHI^A\rPV1|1|E|ED^^{control}||||||||||||||||V{control}^^^LGH\r"
    ).encode()


def settled(data: Path, *, patience: float = 30.0) -> tuple[Balance, list[Event]]:
    """The balance and the events once nothing is pending."""
    end = time.monotonic() + patience
    while True:
        with open_stores(data, READ_ONLY) as stores:
            balance = balance_of(stores.inbox, stores.log, "demo")
            events = stores.log.read("demo", limit=100_000)
        if balance.pending == 0 or time.monotonic() > end:
            return balance, events
        time.sleep(0.05)


def test_a_message_becomes_an_event_and_the_books_balance(service, sender) -> None:
    assert b"MSA|AA|1" in sender.send(arrival("1"))
    assert b"MSA|AA|1" in sender.send(arrival("1"))
    assert b"MSA|AR" in sender.send(b"no message at all")
    balance, events = settled(service.settings.data)
    assert balance.holds
    assert (balance.applied, balance.duplicate, balance.refused) == (1, 1, 1)
    assert [event.about.unit for event in events if event.kind == "stay.arrived"] == ["demo/ed"]


def test_no_name_or_number_of_a_patient_is_in_the_log(service, sender) -> None:
    sender.send(arrival("4711"))
    settled(service.settings.data)
    kept = (service.settings.data / "events.db").read_bytes() + (service.settings.data / "events.db-wal").read_bytes()
    assert b"ZZPHI" not in kept
    assert b"M4711" not in kept


@pytest.mark.parametrize("service", ["sealed"], indirect=True)
def test_a_sealed_inbox_is_written_and_read_by_the_doors_and_the_worker(service, sender) -> None:
    assert b"MSA|AA|1" in sender.send(arrival("1"))
    balance, _ = settled(service.settings.data)
    assert (balance.applied, balance.pending) == (1, 0)
    kept = {file.name: file.read_bytes() for file in service.settings.data.glob("inbox.db*")}
    assert "inbox.db-wal" in kept
    assert [name for name, held in kept.items() if b"ZZPHI" in held] == []


def test_a_second_service_on_the_same_folder_is_refused_with_a_clear_message(service, demo_site: Path) -> None:
    done = subprocess.run(
        [WARDWISE, "serve", "--site", demo_site, "--data", service.settings.data, "--http", "0", "--mllp", "0"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 13
    assert f"in use by another wardwise (process {os.getpid()})" in done.stderr


def test_children_end_when_the_supervisor_is_killed(tmp_path: Path, demo_site: Path) -> None:
    data = tmp_path / "data"
    command = [WARDWISE, "serve", "--site", demo_site, "--data", data, "--http", "0", "--mllp", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stderr is not None
        while "MLLP" not in serving.stderr.readline():
            assert serving.poll() is None
        serving.kill()
    prepared = Settings(site=demo_site, data=data)
    end = time.monotonic() + 20
    while True:  # the lock lasts as long as any child does
        try:
            with Supervisor(prepared):
                break
        except FolderInUse:
            assert time.monotonic() < end


def test_every_answer_of_the_command_line_to_machines_is_one_object(service, sender) -> None:
    sender.send(arrival("9"))
    settled(service.settings.data)
    for command in (["log", "verify"], ["log", "balance"], ["log", "tail"], ["log", "rebuild"], ["replay"], ["doctor"]):
        done = subprocess.run(
            [WARDWISE, *command, "--data", service.settings.data, "--json"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, (command, done.stderr)
        assert isinstance(json.loads(done.stdout), dict), command
