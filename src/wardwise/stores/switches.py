"""What people have switched off by hand: a file for each in a folder, so that it works while the database is down.

`touch DATA/off/NAME` is enough. A file that cannot be read, or a folder that cannot be looked into, counts as off.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wardwise.errors import StoreUnavailable
from wardwise.hospital.moment import iso
from wardwise.stores.durable import sync, write_durably

PUBLISHING = "publish"


@dataclass(frozen=True, slots=True)
class Off:
    """What was noted when something was switched off; both empty for a file somebody made by hand."""

    since: str = ""
    why: str = ""

    @property
    def says(self) -> str:
        """In a few words."""
        since = f" since {self.since}" if self.since else ""
        return f"switched off{since}{f': {self.why}' if self.why else ''}"


class Switches:
    """The switches of a data folder; nothing is made before one is turned off."""

    def __init__(self, folder: Path) -> None:
        """`folder` may be absent: then all is on."""
        self._folder = folder

    def off(self, name: str) -> Off | None:
        """What was noted of a switch that is off; None while it is on."""
        try:
            told = json.loads((self._folder / name).read_bytes())
            return Off(str(told["since"]), str(told["why"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            return Off()

    def stream(self, name: str) -> Off | None:
        """Whether publishing is off for one stream, by its own switch or by the one for all."""
        return self.off(PUBLISHING) or self.off(of_stream(name))

    def turn_off(self, name: str, why: str, now: datetime) -> None:
        """Switch off, durably; one that is off keeps what was noted first. Raises StoreUnavailable."""
        if self.off(name) is not None:
            return
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            write_durably(self._folder / name, json.dumps({"since": iso(now), "why": why}).encode())
        except OSError as fault:
            raise self._unwritable(name, fault) from fault

    def turn_on(self, name: str) -> None:
        """Switch on again, durably; one that is on stays so. Raises StoreUnavailable."""
        try:
            (self._folder / name).unlink(missing_ok=True)
            if self._folder.exists():
                sync(self._folder)
        except OSError as fault:
            raise self._unwritable(name, fault) from fault

    def _unwritable(self, name: str, fault: OSError) -> StoreUnavailable:
        remedy = "Make or remove this file by hand, as the user that owns the data folder."
        return StoreUnavailable(store=self._folder / name, what=str(fault.strerror), remedy=remedy)


def of_stream(name: str) -> str:
    """The name of the switch of one stream."""
    return f"{PUBLISHING}-{name}"
