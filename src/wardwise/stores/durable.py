"""Files that are there whole or not at all, also after the power went."""

import os
from pathlib import Path


def write_durably(path: Path, data: bytes, *, changed: int | None = None) -> None:
    """Write beside, sync, rename over, sync the folder; owner-only. `changed`: its time of change in ns since 1970."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if changed is not None:
                os.utime(file.fileno(), ns=(changed, changed))
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file's bytes durable, or, of a folder, the names in it and the renames."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
