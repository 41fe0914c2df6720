"""Files of the archive: written whole or not at all, read a part at a time, what is wrong with one told by its name."""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

from wardwise.errors import BrokenArchive, StoreUnavailable
from wardwise.stores.durable import sync, write_durably
from wardwise.stores.sql.session import Row

PART = 4_096  # records in a row group: what reading one of them costs
_COLUMNS = ("position", "id", "kind", "encounter", "patient", "occurred_at", "known_at", "digest", "record", "batch")


def write_segment(folder: Path, name: str, rows: Sequence[Row]) -> bytes:
    """Write the rows of a segment, in the order of the table and each with its batch's last position, synced; the
    file's SHA-256. One that is there and holds these records stays: a log may lean on it already. Raises
    StoreUnavailable where the folder takes none.
    """
    if _holds(folder / name, [row[-2] for row in rows]):
        sync(folder / name)
        sync(folder)
        return digest_of(folder / name)
    import polars as pl  # noqa: PLC0415 - a door that reads no archive does not wait for it

    types = (pl.Int64, *[pl.String] * 4, pl.Int64, pl.Int64, pl.Binary, pl.Binary, pl.Int64)
    table = pl.DataFrame(list(rows), schema=dict(zip(_COLUMNS, types, strict=True)), orient="row")
    instants = [pl.from_epoch(pl.col(name), "us").dt.replace_time_zone("UTC") for name in ("occurred_at", "known_at")]
    body = io.BytesIO()
    table.with_columns(instants).write_parquet(body, compression="zstd", row_group_size=PART)
    try:
        write_durably(folder / name, body.getvalue())
    except OSError as fault:
        raise _unfit(folder, fault) from fault
    return hashlib.sha256(body.getvalue()).digest()


def records_of(file: Path, events: int) -> list[bytes]:
    """All records of a file of so many events; raises BrokenArchive."""
    return [record for part in range(-(-events // PART)) for record in read_part(file, part)]


def _holds(file: Path, records: Sequence[bytes]) -> bool:
    try:
        return file.exists() and records_of(file, len(records)) == records
    except BrokenArchive:
        return False


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
