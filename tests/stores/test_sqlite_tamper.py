"""Whatever is changed behind the log's back is found; nothing damaged is ever handed out."""

import shutil
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stores.tampering import CHECKED, SITES, changed, damage_found, fill

from wardwise.errors import BrokenChain, WardwiseError
from wardwise.loop.capture.log import Batch, Selection
from wardwise.stores.seal import EMPTY
from wardwise.stores.sql.access import Access
from wardwise.stores.sql.archive.archive import Archive
from wardwise.stores.sql.verify import Verifier
from wardwise.stores.sqlite.log import SqliteLog


@pytest.fixture(scope="module")
def whole(tmp_path_factory, draft, morning):
    """A log of two sites, its events and its exported heads, closed."""
    path = tmp_path_factory.mktemp("whole") / "events.db"
    log = SqliteLog(path)
    heads, events = {}, {}
    for site in SITES:
        fill(log, site, draft, morning, batches=8)
        heads[site] = log.head(site)
        events[site] = log.read(site)
    log.close()
    return path, heads, events


def damaged_copy(whole, folder):
    return Path(shutil.copy(whole[0], folder / "events.db"))


def tamper(path, statement, values=()):
    """Change a row behind the log's back."""
    with closing(apsw.Connection(str(path))) as other:
        other.execute(statement, values)


def found(path, heads=None):
    return damage_found(SqliteLog(path), heads)


@settings(max_examples=250, deadline=None)
@given(data=st.data())
def test_a_changed_cell_is_found(tmp_path_factory, whole, data):
    path = damaged_copy(whole, tmp_path_factory.mktemp("cell"))
    table = data.draw(st.sampled_from(sorted(CHECKED)))
    column = data.draw(st.sampled_from(CHECKED[table]))
    by = data.draw(st.integers(1, 500))
    other = apsw.Connection(str(path))
    rows = other.execute(f"SELECT {', '.join(CHECKED[table])} FROM {table}").fetchall()  # noqa: S608
    row = data.draw(st.sampled_from(rows))
    place = " AND ".join(f"{name} IS ?" for name in CHECKED[table])
    value = changed(row[CHECKED[table].index(column)], by)
    try:
        other.execute(f"UPDATE {table} SET {column} = ? WHERE {place}", (value, *row))  # noqa: S608
    except apsw.ConstraintError:
        return  # SQLite itself refuses a second row of the same place
    finally:
        other.close()
    assert found(path)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_deleted_row_is_found(tmp_path_factory, whole, data):
    path = damaged_copy(whole, tmp_path_factory.mktemp("deleted"))
    table = data.draw(st.sampled_from(sorted(CHECKED)))
    other = apsw.Connection(str(path))
    rows = other.execute(f"SELECT {', '.join(CHECKED[table])} FROM {table}").fetchall()  # noqa: S608
    place = " AND ".join(f"{name} IS ?" for name in CHECKED[table])
    other.execute(f"DELETE FROM {table} WHERE {place}", data.draw(st.sampled_from(rows)))  # noqa: S608
    other.close()
    assert found(path)


@settings(max_examples=60, deadline=None)
@given(at=st.sampled_from([-1, 0, 16, 17, 40]), site=st.sampled_from([1, 2, 3]), copied=st.integers(1, 15))
def test_an_inserted_row_is_found(tmp_path_factory, whole, at, site, copied):
    path = damaged_copy(whole, tmp_path_factory.mktemp("inserted"))
    other = apsw.Connection(str(path))
    row = other.execute("SELECT * FROM event WHERE site = 1 AND position = ?", (copied,)).fetchone()
    other.execute("INSERT INTO event VALUES (?, ?, 'forged', ?, ?, ?, ?, ?, ?, ?)", (site, at, *row[3:]))
    other.close()
    assert found(path)


def test_a_forged_cause_is_found(tmp_path, whole):
    path = damaged_copy(whole, tmp_path)
    tamper(path, "INSERT INTO cause VALUES (1, 'forged', 3)")
    assert found(path)


@settings(max_examples=60, deadline=None)
@given(pair=st.lists(st.integers(1, 15), min_size=2, max_size=2, unique=True), whole_row=st.booleans())
def test_reordered_records_are_found(tmp_path_factory, whole, pair, whole_row):
    path = damaged_copy(whole, tmp_path_factory.mktemp("reordered"))
    columns = CHECKED["event"][2:] if whole_row else ["digest", "record"]
    other = apsw.Connection(str(path))
    fetch = f"SELECT {', '.join(columns)} FROM event WHERE site = 1 AND position = ?"  # noqa: S608
    store = f"UPDATE event SET {', '.join(f'{c} = ?' for c in columns)} WHERE site = 1 AND position = ?"  # noqa: S608
    one, two = (other.execute(fetch, (position,)).fetchone() for position in pair)
    other.execute("DROP INDEX event_id")
    other.execute(store, (*one, pair[1]))
    other.execute(store, (*two, pair[0]))
    other.execute("CREATE UNIQUE INDEX event_id ON event (site, id)")
    other.close()
    assert found(path)


def cut(path, site, last):
    """Remove whole batches, with everything that would give the cut away."""
    other = apsw.Connection(str(path))
    for table, column in (("event", "position"), ("cause", "position"), ("batch", "last")):
        other.execute(f"DELETE FROM {table} WHERE site = ? AND {column} > ?", (site, last))  # noqa: S608
    other.close()


@pytest.mark.parametrize("batches", [1, 3, 8])
def test_a_log_cut_at_a_batch_is_found_against_the_exported_head(tmp_path, whole, batches):
    path = damaged_copy(whole, tmp_path)
    other = apsw.Connection(str(path))
    lasts = [0] + [row[0] for row in other.execute("SELECT last FROM batch WHERE site = 1 ORDER BY last")]
    other.close()
    cut(path, 1, lasts[-1 - batches])
    assert not found(path)
    assert found(path, whole[1])


def test_a_log_cut_behind_its_last_verification_is_found_without_an_export(tmp_path, whole):
    path = damaged_copy(whole, tmp_path)
    assert not found(path, whole[1])
    cut(path, 1, 1)
    assert found(path)


def test_a_renamed_site_is_found(tmp_path, whole):
    path = damaged_copy(whole, tmp_path)
    tamper(path, "UPDATE site SET name = 'sT' WHERE name = 'st'")
    assert found(path)


def test_the_first_bad_position_is_named(tmp_path, whole):
    path = damaged_copy(whole, tmp_path)
    tamper(path, "UPDATE event SET record = CAST(record || ' ' AS BLOB) WHERE site = 1 AND position IN (5, 9)")
    log = SqliteLog(path)
    with pytest.raises(BrokenChain) as damage:
        log.verify("st")
    assert damage.value.facts["position"] == 5
    log.verify("north")
    log.close()


def test_nothing_is_appended_behind_a_missing_tail(tmp_path, whole, draft, morning):
    path = damaged_copy(whole, tmp_path)
    tamper(path, "DELETE FROM event WHERE site = 1 AND position = (SELECT max(last) FROM batch WHERE site = 1)")
    log = SqliteLog(path)
    with pytest.raises(BrokenChain):
        log.append(log.lease("st", "worker"), Batch([draft("new")]), morning)
    log.close()


@pytest.mark.parametrize(
    "where",
    [
        Selection(),
        Selection(kinds=frozenset({"sign.measured"})),
        Selection(encounter="e1"),
        Selection(patient="p0"),
    ],
)
@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE event SET record = CAST(replace(CAST(record AS TEXT), '80', '90') AS BLOB) WHERE position = 4",
        "UPDATE event SET record = x'7b' WHERE position = 4",
        "UPDATE event SET digest = zeroblob(32) WHERE position = 4",
    ],
)
def test_a_damaged_record_is_refused_by_an_ordinary_read(tmp_path, whole, where, damage):
    path = damaged_copy(whole, tmp_path)
    tamper(path, damage)
    log = SqliteLog(path)
    with pytest.raises(BrokenChain):
        log.read("st", where=where)
    assert log.read("st", upto=3) == whole[2]["st"][:3]
    log.close()


def test_a_missing_event_is_noticed_by_an_ordinary_read(tmp_path, whole):
    path = damaged_copy(whole, tmp_path)
    tamper(path, "DELETE FROM event WHERE site = 1 AND position = 4")
    log = SqliteLog(path)
    with pytest.raises(BrokenChain) as damage:
        log.read("st")
    assert damage.value.facts["position"] == 4
    log.close()


@settings(max_examples=1000, deadline=None)
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_of_the_file_is_found_or_changes_no_event(tmp_path_factory, whole, where, bit):
    path = damaged_copy(whole, tmp_path_factory.mktemp("bit"))
    data = bytearray(path.read_bytes())
    data[int(where * len(data))] ^= 1 << bit
    path.write_bytes(data)
    try:
        log = SqliteLog(path)
    except WardwiseError:
        return
    try:
        for site in SITES:
            log.verify(site)
            assert log.read(site) == whole[2][site]
    except WardwiseError:
        return
    finally:
        log.close()


def test_a_start_up_verifies_from_the_last_checkpoint(tmp_path, whole, draft, morning):
    path = damaged_copy(whole, tmp_path)
    log = SqliteLog(path)
    assert log.verify_recent("st") == log.verify("st") == whole[1]["st"]
    log.append(log.lease("st", "worker"), Batch([draft("new")]), morning)
    assert log.verify_recent("st") == log.head("st")
    log.append(log.lease("st", "worker"), Batch([draft("newer")]), morning)
    other = apsw.Connection(str(path))
    other.execute("UPDATE event SET record = x'7b7d' WHERE site = 1 AND position = 3")
    other.execute("UPDATE event SET known_at = 7 WHERE site = 1 AND id = 'newer'")
    other.close()
    with pytest.raises(BrokenChain) as recent:
        log.verify_recent("st")
    assert recent.value.facts["position"] == log.head("st").position
    with pytest.raises(BrokenChain) as full:
        log.verify("st")
    assert full.value.facts["position"] == 3
    log.close()


def test_a_reader_verifies_without_writing(tmp_path, whole):
    path = damaged_copy(whole, tmp_path)
    log = SqliteLog(path, access=Access.READ)
    assert log.verify("st") == whole[1]["st"]
    log.close()


@pytest.mark.parametrize("damaged", [(1, "2", 0, b"", b""), (1, 1, "now", b"", b""), ("1", 1, 0, b"", b"")])
def test_a_batch_whose_numbers_became_texts_is_a_broken_chain(whole, damaged):
    log = SqliteLog(whole[0], access=Access.READ)
    with log._database.read() as session, pytest.raises(BrokenChain):
        Verifier(log._database, "st", Archive())._step(session, EMPTY, damaged)
    log.close()
