"""The whole service beside an SFTP server and a database: fetched, killed, the server away, and back."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import apsw
import httpx
import pytest
from tests.feeds.files.sshd import Sshd, sshd
from tests.waiting import wait_until

from wardwise.assemble.stores import READ_ONLY, open_stores, prepare
from wardwise.loop.capture.event import Event
from wardwise.run.settings import Settings
from wardwise.run.supervisor import Supervisor

SFTP = """
    sftp:
      host: 127.0.0.1
      port: {at.port}
      user: {at.user}
      folder: {at.folder}
      known_hosts: {at.known_hosts}
      key: {at.key}
      every_seconds: 1
"""
FOLDER = "    folder: drop/roster\n"
DUTY = """
feeds:
  - name: duty
    kind: csv
    mapping: mappings/duty.yaml
    freshness: micro-batch
    owner: Workforce team
    steward: Workforce team
    view: {{file: {file}, view: duty, cursor: changed, since: 0, overlap: 2, every_seconds: 1}}
"""
MAPPING = """
format: csv
version: 1
header: {employee: [emp], changed: [id], unit: [unit], starts: [starts_at], ends: [ends_at], updated: [updated]}
delivers: delta
key: [employee, starts]
emit:
  - kind: shift.assigned
    occurred_at: {take: updated, as: time}
    about: {staff: {identifier: employee, authority: {constant: workforce}}, unit: unit}
    payload:
      shift: {constant: night}
      starts: {take: starts, as: time}
      ends: {take: ends, as: time}
      skill: {constant: med-surg}
    fact_key: [employee, starts]
"""
HEADER = "Employee ID,Unit,Date,Shift,Start,End,Skill,Status,Updated"
SHIFT = "{who},4A,2026-03-07,Night,19:00,07:00,Med-Surg,scheduled,2026-03-01 05:50"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    with sshd(tmp_path / "sshd") as running:
        yield running


@pytest.fixture
def service(tmp_path: Path, demo_site: Path, server: Sshd) -> Iterator[Supervisor]:
    site = Path(shutil.copytree(demo_site, tmp_path / "site"))
    text = (site / "site.yaml").read_text()
    assert FOLDER in text
    (site / "site.yaml").write_text(text.replace(FOLDER, FOLDER + SFTP.format(at=server.at).lstrip("\n")))
    duty = DUTY.format(file=tmp_path / "vendor.db")
    (site / "site.yaml").write_text((site / "site.yaml").read_text().replace("\nfeeds:\n", duty, 1))
    (site / "mappings" / "duty.yaml").write_text(MAPPING)
    prepare(tmp_path / "data", seed=1)
    with Supervisor(Settings(site=site, data=tmp_path / "data", fetches=True)) as running:
        yield running


def events(data: Path, source: str, kind: str = "") -> list[Event]:
    with open_stores(data, READ_ONLY) as stores:
        return [event for event in stores.log.read("demo") if event.source == source and kind in {"", event.kind}]


def incidents(data: Path) -> list[object]:
    return [event.payload["where"] for event in events(data, "wardwise/feeds", "incident.opened")]


def put(server: Sshd, name: str, who: str) -> None:
    server.put(name, f"{HEADER}\n{SHIFT.format(who=who)}\n".encode())
    server.put(f"{name}.done", b"")


@pytest.mark.slow
def test_a_file_on_a_server_becomes_facts_once_whatever_is_killed_or_away(
    server: Sshd, service: Supervisor, tmp_path: Path
) -> None:
    until = partial(wait_until, meanwhile=service.watch)
    data, board = tmp_path / "data", f"http://127.0.0.1:{service.settings.http_port}"
    put(server, "one.csv", "E901")
    until(lambda: len(events(data, "roster", "shift.assigned")) == 1)
    os.kill(service.pid("fetch"), signal.SIGKILL)
    put(server, "two.csv", "E902")
    until(lambda: len(events(data, "roster", "shift.assigned")) == 2)
    server.stop()
    until(lambda: "The server of roster has not answered since" in httpx.get(f"{board}/feeds").text)
    until(lambda: "feed roster: server" in incidents(data))
    put(server, "three.csv", "E903")
    server.start()
    until(lambda: len(events(data, "roster", "shift.assigned")) == 3)
    until(lambda: "The server of roster" not in httpx.get(f"{board}/feeds").text)
    assert incidents(data).count("feed roster: server") == 1
    assert (server.outgoing / "one.csv").exists()


def vendor(folder: Path, *who: str) -> None:
    """A small system's own database, with a view of what it tells."""
    with closing(apsw.Connection(str(folder / "vendor.db"))) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS told (emp, unit, starts_at, ends_at, updated);"
            "CREATE VIEW IF NOT EXISTS duty AS SELECT rowid AS id, * FROM told"
        )
        for each in who:
            told = (each, "4a", "2026-03-07 19:00", "2026-03-08 07:00", "2026-03-01 05:50")
            connection.execute("INSERT INTO told VALUES (?, ?, ?, ?, ?)", told)


@pytest.mark.slow
def test_rows_of_a_view_become_facts_once_whatever_is_killed_or_away(service: Supervisor, tmp_path: Path) -> None:
    until = partial(wait_until, meanwhile=service.watch)
    data, board = tmp_path / "data", f"http://127.0.0.1:{service.settings.http_port}"
    wait_until(
        lambda: "The server of duty has not answered since" in httpx.get(f"{board}/feeds").text, meanwhile=service.watch
    )
    vendor(tmp_path, "E901", "E902")
    until(lambda: len(events(data, "duty", "shift.assigned")) == 2)
    os.kill(service.pid("fetch"), signal.SIGKILL)
    vendor(tmp_path, "E903")
    until(lambda: len(events(data, "duty", "shift.assigned")) == 3)
    until(lambda: "has not answered" not in httpx.get(f"{board}/feeds").text)
    assert events(data, "duty", "message.quarantined") == []
