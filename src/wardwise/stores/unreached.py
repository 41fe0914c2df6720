"""Which servers do not answer now, and since when: a small file for each feed, there as long as that lasts."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

from wardwise.errors import StoreUnavailable
from wardwise.hospital.moment import from_iso, iso
from wardwise.loop.capture.absence import Unreached
from wardwise.stores.durable import write_durably


class UnreachedServers:
    """Written by the process that asks, read by whoever shows it."""

    def __init__(self, folder: Path) -> None:
        """Makes nothing before a server is away."""
        self._folder = folder

    def away(self, feed: str, why: str, now: datetime) -> None:
        """Note since when the server of a feed does not answer; what was noted first stays while that lasts."""
        if feed not in self.read():
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_durably(self._file(feed), json.dumps({"why": why, "since": iso(now)}).encode())
            except OSError as fault:
                remedy = "Make room on the disk of the data folder."
                raise StoreUnavailable(store=self._file(feed), what=str(fault.strerror), remedy=remedy) from fault

    def back(self, feed: str) -> None:
        """Note that it answers."""
        self._file(feed).unlink(missing_ok=True)

    def only(self, feeds: Collection[str]) -> None:
        """Forget feeds that the site has no more."""
        for feed in self.read().keys() - set(feeds):
            self.back(feed)

    def read(self) -> Mapping[str, Unreached]:
        """The servers that do not answer now, by feed; a note that is damaged says nothing."""
        found: dict[str, Unreached] = {}
        for file in sorted(self._folder.glob("*.json")):
            try:
                told = json.loads(file.read_bytes())
                found[file.stem] = Unreached(file.stem, str(told["why"]), from_iso(told["since"]))
            except (OSError, ValueError, KeyError, TypeError):
                continue
        return found

    def _file(self, feed: str) -> Path:
        return self._folder / f"{feed}.json"
