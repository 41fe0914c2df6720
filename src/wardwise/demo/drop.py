"""Files laid into a drop folder so that nobody can read half of one."""

import os
from pathlib import Path

DONE = ".done"  # the empty file beside it that says a file is complete


def lay(folder: Path, name: str, body: bytes) -> Path:
    """Write under a hidden name, sync, rename, then say done; makes the folder. The name may hold no path."""
    if Path(name).name != name:
        raise ValueError(f"{name!r} is not the plain name of a file")
    folder.mkdir(parents=True, exist_ok=True)
    hidden, final = folder / f".{name}.part", folder / name
    with hidden.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    hidden.replace(final)
    final.with_name(f"{name}{DONE}").touch()
    return final
