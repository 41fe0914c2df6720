"""A power loss of a PostgreSQL server: its folder as it is at an instant, its WAL cut somewhere after what is synced.

Every process of the server stands still while the folder is copied. Its tables' files may hold what was written and
not synced, which a disk may keep; nothing in them is ahead of the WAL, for pages are written at checkpoints only. In
the copy the WAL ends where it was cut: of what follows each sector of 512 bytes is as it was written, or zeros.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg

from benches.load.postgres_server import Cluster

SECTOR = 512
SETTINGS = {
    # Pages reach their files at checkpoints only, and the WAL nothing but what is asked: so a cut is where it is said.
    "autovacuum": "off",
    "bgwriter_lru_maxpages": "0",
    "checkpoint_timeout": "1h",
    "wal_writer_delay": "10s",
}
_WHERE = "SELECT file_name, file_offset FROM pg_walfile_name_offset(%s::pg_lsn)"
_SYNCED = "SELECT pg_current_wal_flush_lsn() - '0/0'"
_WRITTEN = "SELECT pg_current_wal_insert_lsn() - '0/0'"
_NAMES = "SELECT ('0/0'::pg_lsn + %s)::text"


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the WAL ends after a power loss, and where it ended before; each a file and an offset in it."""

    file: str
    offset: int
    last: str
    end: int


def synced(master: psycopg.Connection) -> int:
    """Up to where the server's WAL is synced: what a commit has waited for is before it."""
    return _number(master, _SYNCED)


def cuts(master: psycopg.Connection, chance: Random, *, after: int, many: int) -> list[Cut]:
    """So many arbitrary ends of the WAL between an instant and now; the first is that instant."""
    end = _number(master, _WRITTEN)
    places = [after, *(chance.randint(after, end) for _ in range(many - 1))]
    return [Cut(*_where(master, place), *_where(master, end)) for place in places]


def losses(cluster: Cluster, found: Sequence[Cut], chance: Random, scratch: Path | None) -> Iterator[Path]:
    """The server's folder after each of these power losses, a folder for a server of its own each time."""
    with tempfile.TemporaryDirectory(prefix="wardwise-frozen-", dir=scratch) as kept:
        with cluster.frozen() as data:
            shutil.copytree(data, Path(kept) / "data")
        for cut in found:
            folder = Path(tempfile.mkdtemp(prefix="wardwise-cut-", dir=scratch))
            shutil.copytree(Path(kept) / "data", folder / "data")
            _cut(folder / "data" / "pg_wal", cut, chance)
            (folder / "data" / "postmaster.pid").unlink()
            _hand_over(folder, like=cluster.folder)
            yield folder


@contextmanager
def started(cluster: Cluster, folder: Path) -> Iterator[Cluster]:
    """A server like another over such a folder: it recovers by itself, and is gone with its folder at the end."""
    again = Cluster(cluster.programs, folder=folder)
    try:
        yield again
    finally:
        again.close()


def _cut(wal: Path, cut: Cut, chance: Random) -> None:
    for name in sorted(path.name for path in wal.iterdir() if cut.file <= path.name <= cut.last and path.is_file()):
        with (wal / name).open("r+b") as file:
            first = cut.offset if name == cut.file else 0
            end = cut.end if name == cut.last else os.fstat(file.fileno()).st_size
            while first < end:
                next_ = min((first // SECTOR + 1) * SECTOR, end)
                if first == cut.offset or chance.random() < 0.5:  # the sector that is cut is torn
                    file.seek(first)
                    file.write(bytes(next_ - first))
                first = next_


def _hand_over(folder: Path, *, like: Path) -> None:
    owner = like.stat()
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)


def _number(master: psycopg.Connection, asked: str) -> int:
    [(number,)] = master.execute(asked).fetchall()
    return int(number)


def _where(master: psycopg.Connection, place: int) -> tuple[str, int]:
    [(named,)] = master.execute(_NAMES, (place,)).fetchall()
    [(file, offset)] = master.execute(_WHERE, (named,)).fetchall()
    return str(file), int(offset)
