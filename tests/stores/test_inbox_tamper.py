"""Whatever is changed in the inbox behind its back is found by `verify`, which names the first bad receipt."""

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import apsw
import pytest

from wardwise.errors import DamagedInbox, WardwiseError
from wardwise.loop.capture.inbox import Arrival
from wardwise.stores.sql.access import Access
from wardwise.stores.sqlite.inbox import SqliteInbox

pytestmark = pytest.mark.unbalanced


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, arrival: Callable[..., Arrival]) -> Path:
    """Two sites' messages: new ones, duplicates, conflicts, refusals, pruned bodies; closed."""
    path = tmp_path_factory.mktemp("whole") / "inbox.db"
    inbox = SqliteInbox(path)
    for n in range(40):
        site = ("st", "north")[n % 2]
        sent = arrival(str(n), b"MSH|%d|" % n + b"x" * n * 20, minute=n, site=site)
        again = arrival(str(n), b"MSH|other", minute=n, site=site)
        inbox.receive([sent, sent, again] if n % 5 == 0 else [sent])
        inbox.receive([arrival(f"r{n}", b"junk", minute=n, site=site, refusal="no header")])
    inbox.prune(arrival("", minute=5).received_at, upto=20)
    inbox.close()
    return path


def everything(path: Path) -> list[list[tuple[object, ...]]]:
    """Every row of every table."""
    other = apsw.Connection(str(path))
    try:
        tables = [name for (name,) in other.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")]
        return [sorted(other.execute(f"SELECT * FROM {name}")) for name in tables]  # noqa: S608
    finally:
        other.close()


def verified(path: Path) -> bool:
    """Whether the inbox opens and verifies."""
    try:
        inbox = SqliteInbox(path, access=Access.READ)
    except WardwiseError:
        return False
    try:
        inbox.verify()
    except WardwiseError:
        return False
    finally:
        inbox.close()
    return True


def test_a_whole_inbox_verifies_and_says_how_many_receipts_it_holds(whole: Path) -> None:
    inbox = SqliteInbox(whole, access=Access.READ)
    assert inbox.verify().receipts == sum(inbox.counts(site).received for site in ("st", "north"))
    inbox.close()


def test_of_a_thousand_flipped_bits_each_is_found_or_changes_nothing(tmp_path: Path, whole: Path) -> None:
    chance = Random(5)  # noqa: S311 (bits to flip)
    before, data = everything(whole), whole.read_bytes()
    path, found = tmp_path / "inbox.db", 0
    for _ in range(1000):
        flipped = bytearray(data)
        flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        if verified(path):
            assert everything(path) == before
        else:
            found += 1
    assert found > 300  # the others fell on bytes that nothing reads


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE receipt SET listener = 'mllp:9' WHERE sequence = 29",
        "UPDATE receipt SET received_at = received_at + 1 WHERE sequence = 29",
        "UPDATE receipt SET refusal = 'x' WHERE sequence = 29",
        "UPDATE receipt SET receipt = 'conflict' WHERE sequence = 29",
        "UPDATE receipt SET holder = 1 WHERE sequence = 29",
        "UPDATE receipt SET digest = zeroblob(32) WHERE sequence = 29",
        "UPDATE body SET received_at = received_at + 1 WHERE sequence = 29",
        "UPDATE body SET bytes = x'00' WHERE sequence = 29",
        "UPDATE fingerprint SET sha256 = zeroblob(32) WHERE sequence = 29",
        "DELETE FROM fingerprint WHERE sequence = 29",
        "DELETE FROM receipt WHERE sequence = 29",
    ],
)
def test_the_first_bad_receipt_is_named(tmp_path: Path, whole: Path, damage: str) -> None:
    path = Path(shutil.copy(whole, tmp_path / "inbox.db"))
    other = apsw.Connection(str(path))
    other.execute(damage.replace("= 29", "IN (29, 31)"))
    other.close()
    inbox = SqliteInbox(path, access=Access.READ)
    with pytest.raises(DamagedInbox) as caught:
        inbox.verify()
    assert caught.value.facts["sequence"] == 29
    inbox.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE tally SET receipts = receipts + 1 WHERE receipt = 'refused'",
        "UPDATE last_receipt SET received_at = received_at - 1",
        "UPDATE door SET source = 'lab' WHERE number = 1",
        "INSERT INTO body VALUES (9999, 1, x'00', '')",
        "INSERT INTO fingerprint VALUES (1, 'x', x'00', 9999)",
        "INSERT INTO door VALUES (9, 'st', 'lab')",
    ],
)
def test_what_belongs_to_no_receipt_and_a_bent_counter_are_found(tmp_path: Path, whole: Path, damage: str) -> None:
    path = Path(shutil.copy(whole, tmp_path / "inbox.db"))
    other = apsw.Connection(str(path))
    other.execute(damage)
    other.close()
    assert not verified(path)
