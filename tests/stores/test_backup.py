"""A backup is of one instant and comes back whole, verified, or not at all."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import apsw
import pytest
from benches.load.postgres_server import PASSWORD, Cluster

from wardwise.assemble.backups import back_up, restore
from wardwise.assemble.stores import READ_ONLY, WORKER, Stores, open_stores, prepare
from wardwise.errors import BrokenBackup, NotAllowed, StoreUnavailable
from wardwise.govern.data.balance import balance_of
from wardwise.loop.capture.inbox import INTAKE
from wardwise.loop.capture.log import Batch, Disposition, Lease, Outcome
from wardwise.stores.backup import MANIFEST, file_digest, seal_backup
from wardwise.stores.cursors import Cursors
from wardwise.stores.folder import DataFolder
from wardwise.stores.place import PASSWORD as VARIABLE
from wardwise.stores.place import Place
from wardwise.stores.vault import Person

WARDWISE = Path(sys.executable).with_name("wardwise")
Filling = Callable[[Stores, Lease, int], None]


@dataclass(frozen=True, slots=True)
class Hospital:
    """A data folder with a log, and where another one may keep a log of its own."""

    data: Path
    another: Callable[[], Place | None]


@pytest.fixture(params=["sqlite", "postgres"])
def hospital(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hospital:
    data = tmp_path / "data"
    if request.param == "sqlite":
        prepare(data, seed=1, encrypt_inbox=True)
        return Hospital(data, lambda: None)
    cluster: Cluster = request.getfixturevalue("cluster")
    monkeypatch.setenv(VARIABLE, PASSWORD)
    prepare(data, seed=1, encrypt_inbox=True, place=Place(cluster.database()))
    return Hospital(data, lambda: Place(cluster.database()))


@pytest.fixture
def fill(draft: Any, arrival: Any, morning: Any) -> Filling:
    """Receive one message, keep whose it is, read it into two events."""

    def one(stores: Stores, lease: Lease, number: int) -> None:
        [raw] = stores.inbox.receive([arrival(str(number), b"MSH|%d" % number, site=lease.site)])
        stores.vault.remember([Person(f"t{number}", "MRN", str(number))])
        drafts = [draft(f"v{number}-{n}", patient=f"t{number}", caused_by=(raw.id,), raw=raw.id) for n in range(2)]
        done = Disposition(raw.id, raw.sequence, Outcome.APPLIED, 2)
        stores.log.append(lease, Batch(drafts, [done], {INTAKE: raw.sequence}), morning)

    return one


@pytest.fixture
def made(hospital: Hospital, fill: Filling, tmp_path: Path, morning: Any) -> Path:
    """A backup of ten messages."""
    with open_stores(hospital.data, WORKER) as stores:
        lease = stores.log.lease("st", "worker")
        for number in range(10):
            fill(stores, lease, number)
        stores.artefacts.put(b"a model")
    back_up(hospital.data, tmp_path / "backup", now=morning)
    return tmp_path / "backup"


@pytest.fixture
def fresh(hospital: Hospital, tmp_path: Path) -> Iterator[Path]:
    """A data folder with the keys and nothing else."""
    folder = tmp_path / "fresh"
    folder.mkdir(mode=0o700)
    shutil.copytree(hospital.data / "keys", folder / "keys")
    return folder


def nothing_in(folder: Path, place: Place | None) -> bool:
    if place is None:
        return not list(folder.glob("*.db")) and not (folder / "restoring").exists()
    prepare(folder, place=place)
    with open_stores(folder, READ_ONLY) as stores:
        return not stores.log.sites() and stores.inbox.last_sequence == 0


def test_what_was_backed_up_comes_back_and_the_work_goes_on(
    hospital: Hospital, made: Path, fresh: Path, fill: Filling
) -> None:
    restore(made, fresh, place=hospital.another())
    with open_stores(hospital.data, READ_ONLY) as old, open_stores(fresh, WORKER) as new:
        assert new.log.verify("st") == old.log.head("st")
        assert new.log.read("st") == old.log.read("st")
        assert new.inbox.pending("st", after=0) == old.inbox.pending("st", after=0)
        assert new.vault.reveal("t3").identifier == "3"
        assert new.artefacts.get(old.artefacts.put(b"a model")) == b"a model"
        assert balance_of(new.inbox, new.log, "st").holds
        fill(new, new.log.lease("st", "worker"), 10)
        fill(new, new.log.lease("north", "worker"), 11)
        assert new.log.verify("st").position == 22
        assert new.inbox.verify().receipts == 12


def test_cursors_of_another_log_do_not_stay_beside_a_restored_one(hospital: Hospital, made: Path, fresh: Path) -> None:
    Cursors(DataFolder(fresh).cursors, "fhir").keep({"Encounter": "2026-03-01T00:00:00Z"})
    restore(made, fresh, place=hospital.another())
    assert Cursors(DataFolder(fresh).cursors, "fhir").read() == {}


def test_a_restore_that_is_refused_keeps_the_cursors(hospital: Hospital, made: Path) -> None:
    Cursors(DataFolder(hospital.data).cursors, "fhir").keep({"Encounter": "2026-03-01T00:00:00Z"})
    with pytest.raises(NotAllowed):
        restore(made, hospital.data)
    assert Cursors(DataFolder(hospital.data).cursors, "fhir").read()


def test_a_backup_made_while_others_write_is_of_one_instant(
    hospital: Hospital, fresh: Path, fill: Filling, tmp_path: Path, morning: Any
) -> None:
    stop, written = threading.Event(), threading.Event()

    def write() -> None:
        with open_stores(hospital.data, WORKER) as stores:
            lease, number = stores.log.lease("st", "worker"), 0
            while not stop.is_set():
                fill(stores, lease, number)
                number += 1
                written.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert written.wait(10)
        found = back_up(hospital.data, tmp_path / "backup", now=morning)
    finally:
        stop.set()
        writer.join()
    restore(tmp_path / "backup", fresh, place=hospital.another())
    with open_stores(fresh, READ_ONLY) as stores:
        assert stores.log.head("st") == found.heads["st"]
        stores.refuse_misfit("st")
        assert balance_of(stores.inbox, stores.log, "st").holds
        for event in stores.log.read("st"):
            stores.inbox.find(str(event.raw))
            stores.vault.reveal(str(event.about.patient))


def test_a_changed_byte_anywhere_restores_nothing(hospital: Hospital, made: Path, fresh: Path) -> None:
    place = hospital.another()
    for file in sorted(path for path in made.rglob("*") if path.is_file() and path.stat().st_size):
        before = file.read_bytes()
        file.write_bytes(before[:-2] + bytes([before[-2] ^ 1]) + before[-1:])
        with pytest.raises(BrokenBackup):
            restore(made, fresh, place=place)
        file.write_bytes(before)
    assert nothing_in(fresh, place)


def test_a_file_too_many_or_too_few_and_a_backup_cut_short_are_refused(
    hospital: Hospital, made: Path, fresh: Path
) -> None:
    (made / "more").touch()
    with pytest.raises(BrokenBackup, match="more is not in its manifest"):
        restore(made, fresh)
    (made / "more").unlink()
    first = min(path for path in made.iterdir() if path.is_file() and path.name != MANIFEST)
    first.rename(made.parent / "elsewhere")
    with pytest.raises(BrokenBackup, match="is missing"):
        restore(made, fresh)
    (made / MANIFEST).unlink()
    with pytest.raises(BrokenBackup, match="cut short"):
        restore(made, fresh)


def test_without_the_keys_it_was_made_with_a_backup_is_foreign(made: Path, fresh: Path, tmp_path: Path) -> None:
    prepare(tmp_path / "stranger", seed=2)
    for database in (tmp_path / "stranger").glob("*.db"):
        database.unlink()
    with pytest.raises(BrokenBackup, match="other keys"):
        restore(made, tmp_path / "stranger")
    told = json.loads((made / MANIFEST).read_bytes())
    (made / MANIFEST).write_text(json.dumps({**told, "manifest": told["manifest"].replace("2026", "2025")}))
    with pytest.raises(BrokenBackup, match="not signed"):
        restore(made, fresh)
    shutil.rmtree(fresh / "keys")
    with pytest.raises(StoreUnavailable, match="keys' backup"):
        restore(made, fresh)


def test_a_log_that_is_there_is_never_overwritten(hospital: Hospital, made: Path, fresh: Path) -> None:
    with pytest.raises(NotAllowed, match="a log already"):
        restore(made, hospital.data)
    place = hospital.another()
    restore(made, fresh, place=place)
    with pytest.raises(NotAllowed, match="a log already"):
        restore(made, fresh, place=place)
    with pytest.raises(StoreUnavailable, match="new folder"):
        back_up(fresh, made, now=None)  # type: ignore[arg-type] # refused before anybody asks


def test_a_backup_holds_no_key_no_password_and_no_open_message(hospital: Hospital, made: Path) -> None:
    secrets = [file.read_bytes() for file in (hospital.data / "keys").iterdir()]
    kept = b"".join(path.read_bytes() for path in made.rglob("*") if path.is_file())
    assert [secret for secret in (*secrets, PASSWORD.encode(), b"MSH|3") if secret in kept] == []
    assert {path.stat().st_mode & 0o077 for path in (made, *made.glob("*.db"))} == {0}


@pytest.mark.parametrize("hospital", ["sqlite"], indirect=True)
def test_a_restore_that_was_cut_is_no_log_and_may_be_made_again(hospital: Hospital, made: Path, fresh: Path) -> None:
    DataFolder(fresh)
    (fresh / "restoring").mkdir()
    shutil.copy(made / "vault.db", fresh / "vault.db")  # it was moved, the others were not yet
    with pytest.raises(StoreUnavailable, match=r"inbox\.db.*not there"):
        prepare(fresh)
    restore(made, fresh)
    with open_stores(fresh, READ_ONLY) as stores:
        assert stores.log.verify("st").position == 20


def test_by_command_and_then_log_verify(hospital: Hospital, made: Path, fresh: Path) -> None:
    place, again = hospital.another(), made.parent / "again"
    store = ["--store", place.address] if place else []
    for words in (
        ["backup", again, "--data", hospital.data],
        ["restore", again, "--data", fresh, *store],
        ["log", "verify", "--data", fresh],
        ["log", "balance", "--data", fresh],
    ):
        done = subprocess.run([WARDWISE, *words, "--json"], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        json.loads(done.stdout)
    (again / MANIFEST).unlink()
    done = subprocess.run([WARDWISE, "restore", again, "--data", fresh], capture_output=True, timeout=60, check=False)
    assert done.returncode == 24


def test_a_backup_of_files_that_an_earlier_version_made_comes_back_brought_up_to_date(
    tmp_path: Path, fill: Filling, morning: Any
) -> None:
    data, backup, fresh = tmp_path / "data", tmp_path / "backup", tmp_path / "fresh"
    prepare(data, seed=1)
    with open_stores(data, WORKER) as stores:
        fill(stores, stores.log.lease("st", "test"), 1)
        made = back_up(data, backup, now=morning)
        earlier = apsw.Connection(str(backup / "events.db"))
        earlier.execute("DROP TABLE archived; PRAGMA user_version = 1")
        earlier.close()
        seal_backup(
            backup, replace(made, files=made.files | {"events.db": file_digest(backup / "events.db")}), stores.keys
        )
        events = stores.log.read("st")
    fresh.mkdir(0o700)
    shutil.copytree(data / "keys", fresh / "keys")
    restore(backup, fresh)
    with open_stores(fresh, READ_ONLY) as stores:
        assert stores.log.read("st") == events
        assert stores.log.verify("st") == made.heads["st"]
