"""Files of the archive: written whole or not at all, read a part at a time, what is wrong with one told by its name."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from wardwise.errors import BrokenArchive, StoreUnavailable
from wardwise.stores.durable import sync
from wardwise.stores.sql.session import Row

PART = 4_096  # records in a row group: what reading one of them costs
_COLUMNS = ("position", "id", "kind", "encounter", "patient", "occurred_at", "known_at", "digest", "record", "batch")


def write_segment(folder: Path, name: str, rows: Sequence[Row]) -> bytes:
    """Write the rows of a segment, in the order of the table and each with its batch's last position, synced; the
    file's SHA-256. Raises StoreUnavailable where the folder takes none.
    """
    import polars as pl  # noqa: PLC0415 - a door that reads no archive does not wait for it

    types = (pl.Int64, *[pl.String] * 4, pl.Int64, pl.Int64, pl.Binary, pl.Binary, pl.Int64)
    table = pl.DataFrame(list(rows), schema=dict(zip(_COLUMNS, types, strict=True)), orient="row")
    instants = [pl.from_epoch(pl.col(name), "us").dt.replace_time_zone("UTC") for name in ("occurred_at", "known_at")]
    beside = folder / f".{name}.{os.getpid()}"
    try:
        table.with_columns(instants).write_parquet(beside, compression="zstd", row_group_size=PART)
        beside.chmod(0o600)
        sha256 = digest_of(beside)
        sync(beside)
        beside.replace(folder / name)
        sync(folder)
    except OSError as fault:
        beside.unlink(missing_ok=True)
        raise _unfit(folder, fault) from fault
    return sha256


def make_archive(folder: Path) -> None:
    """Make the folder, owner-only, where it is not there yet; raises StoreUnavailable."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise _unfit(folder, fault) from fault


def read_part(file: Path, part: int) -> list[bytes]:
    """The records of a part of a file, in order; raises BrokenArchive."""
    import polars as pl  # noqa: PLC0415

    if not file.is_file():
        raise BrokenArchive(file=file, what="it is missing")
    try:
        found = pl.scan_parquet(file).select("record").slice(part * PART, PART).collect()["record"].to_list()
    except (OSError, pl.exceptions.PolarsError) as damage:
        raise BrokenArchive(file=file, what="it cannot be read") from damage
    if not all(isinstance(each, bytes) for each in found):
        raise BrokenArchive(file=file, what="it holds something else than records")
    return found


def digest_of(file: Path) -> bytes:
    """SHA-256 of a file; raises BrokenArchive."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").digest()
    except FileNotFoundError as absence:
        raise BrokenArchive(file=file, what="it is missing") from absence
    except OSError as fault:
        raise BrokenArchive(file=file, what=fault.strerror) from fault


def _unfit(folder: Path, fault: OSError) -> StoreUnavailable:
    remedy = "Name a folder that this user may write, with room for it; nothing left the log."
    return StoreUnavailable(store=folder, what=fault.strerror or "it takes no file", remedy=remedy)
