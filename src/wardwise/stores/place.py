"""Where a data folder's log, inbox and vault are: in the folder itself, or on a server that its `store.json` names.

The file holds no password: that comes from WARDWISE_STORE_PASSWORD, from the file that `password_file` names, or from
where libpq looks by itself (PGPASSWORD, .pgpass, certificates).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import orjson

from wardwise.errors import StoreUnavailable
from wardwise.sites.secrecy import REMEDY, is_open
from wardwise.stores.durable import write_durably

FILE = "store.json"
PASSWORD = "WARDWISE_STORE_PASSWORD"  # noqa: S105 (a variable's name)


@dataclass(frozen=True, slots=True)
class Place:
    """A PostgreSQL database, such as `postgresql://wardwise@db.example/wardwise`, and the file of its password."""

    address: str
    password_file: Path | None = None

    def password(self, environment: Mapping[str, str]) -> str:
        """The password, or nothing where libpq is to find its own; raises StoreUnavailable for a file it cannot use."""
        if told := environment.get(PASSWORD):
            return told
        if self.password_file is None:
            return ""
        try:
            exposed, text = is_open(self.password_file), self.password_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            what, remedy = "the password cannot be read", f"Write it into this file, or set {PASSWORD}."
            raise StoreUnavailable(store=self.password_file, what=what, remedy=remedy) from fault
        if exposed:
            raise StoreUnavailable(store=self.password_file, what="others may read it", remedy=REMEDY)
        return text.rstrip("\r\n")


def place_of(folder: Path) -> Place | None:
    """The server that a data folder names; None when its databases are in the folder itself."""
    file = folder / FILE
    try:
        told = orjson.loads(file.read_bytes())
        secret = told["password_file"]
        return Place(str(told["address"]), None if secret is None else Path(secret))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as fault:
        remedy = "Write it anew with `wardwise init --store ADDRESS`."
        raise StoreUnavailable(store=file, what="it cannot be read", remedy=remedy) from fault


def note_place(folder: Path, place: Place) -> None:
    """Write down where a data folder's databases are, and a name that tells this folder from all others there."""
    secret = None if place.password_file is None else str(place.password_file.absolute())
    told = {"address": place.address, "password_file": secret, "folder": uuid4().hex}
    write_durably(folder / FILE, orjson.dumps(told))


def folder_name(folder: Path) -> str:
    """The name that was given to a data folder when its place was noted; empty for one noted before there were any."""
    try:
        return str(orjson.loads((folder / FILE).read_bytes()).get("folder", ""))
    except (OSError, ValueError, AttributeError):
        return ""
