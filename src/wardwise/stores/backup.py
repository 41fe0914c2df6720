"""A backup: a folder of files, and a signed manifest of what they are. It is whole, or it is refused.

Keys are not in it: they are kept apart, for who has both can read everything. Without the keys of the folder it was
made from a backup is foreign.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature

from wardwise.errors import BrokenBackup, StoreUnavailable
from wardwise.hospital.moment import from_iso, iso
from wardwise.loop.capture.canonical import canonical
from wardwise.loop.capture.log import Head
from wardwise.stores.durable import write_durably
from wardwise.stores.heads import head_figures, head_of
from wardwise.stores.keys import Keys

MANIFEST = "manifest.json"
_FORMAT = 1
_BLOCK = 1 << 20


class Engine(StrEnum):
    """What a backup was made of, and can be restored to."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


@dataclass(frozen=True, slots=True)
class Backup:
    """What a manifest says: when, of what, the SHA-256 of every file, and where each site's log ended."""

    made_at: datetime
    engine: Engine
    files: Mapping[str, str]
    heads: Mapping[str, Head]

    def figures(self) -> dict[str, Any]:
        """As it is written, signed and printed."""
        return {
            "format": _FORMAT,
            "made_at": iso(self.made_at),
            "engine": self.engine.value,
            "files": dict(sorted(self.files.items())),
            "heads": {site: head_figures(head) for site, head in sorted(self.heads.items())},
        }


def seal_backup(folder: Path, backup: Backup, keys: Keys) -> None:
    """Write the manifest last of all: a backup without one was cut short."""
    body = canonical(backup.figures())
    stored = {"mark": keys.mark.hex(), "manifest": body.decode(), "signature": keys.signing.sign(body).hex()}
    write_durably(folder / MANIFEST, orjson.dumps(stored, option=orjson.OPT_INDENT_2))


def checked_backup(folder: Path, keys: Keys) -> Backup:
    """The backup in a folder, after its signature and every byte were checked; raises BrokenBackup."""
    backup = _signed(folder, keys)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    for name in sorted(there ^ backup.files.keys()):
        what = "is not in its manifest" if name in there else "is missing"
        raise BrokenBackup(folder=folder, what=f"{name} {what}")
    for name, sha256 in backup.files.items():
        if file_digest(folder / name) != sha256:
            raise BrokenBackup(folder=folder, what=f"{name} is damaged")
    return backup


def file_digest(path: Path) -> str:
    """SHA-256 of a file in hexadecimal; raises StoreUnavailable."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as fault:
        raise StoreUnavailable(store=path, what=fault.strerror, remedy="Check the disk.") from fault


def _signed(folder: Path, keys: Keys) -> Backup:
    try:
        stored = orjson.loads((folder / MANIFEST).read_bytes())
        if stored["mark"] != keys.mark.hex():
            raise BrokenBackup(folder=folder, what="it was made with other keys; bring those of its data folder")
        body = stored["manifest"].encode()
        keys.public.verify(bytes.fromhex(stored["signature"]), body)
        told = orjson.loads(body)
        if told["format"] != _FORMAT:
            raise BrokenBackup(folder=folder, what=f"its format {told['format']} is not known here")
        heads = {site: head_of(each) for site, each in told["heads"].items()}
        return Backup(from_iso(told["made_at"]), Engine(told["engine"]), told["files"], heads)
    except FileNotFoundError as absence:
        raise BrokenBackup(folder=folder, what="it has no manifest: it is none, or was cut short") from absence
    except InvalidSignature as refusal:
        raise BrokenBackup(folder=folder, what="its manifest is not signed with this site's key") from refusal
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as damage:
        raise BrokenBackup(folder=folder, what="its manifest cannot be read") from damage
