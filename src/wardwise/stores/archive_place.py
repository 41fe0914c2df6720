"""Where a data folder's archive is: a note in it, for the archive may be on another disk."""

from pathlib import Path

import orjson

from wardwise.errors import StoreUnavailable
from wardwise.stores.durable import write_durably

FILE = "archive.json"


def archive_of(folder: Path) -> Path | None:
    """The archive that a data folder names; None when it names none."""
    file = folder / FILE
    try:
        return Path(str(orjson.loads(file.read_bytes())["folder"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as fault:
        remedy = "Write it anew: `wardwise log archive --to` the archive's folder."
        raise StoreUnavailable(store=file, what="it cannot be read", remedy=remedy) from fault


def note_archive(folder: Path, archive: Path) -> None:
    """Write down where a data folder's archive is."""
    write_durably(folder / FILE, orjson.dumps({"folder": str(archive.absolute())}))
