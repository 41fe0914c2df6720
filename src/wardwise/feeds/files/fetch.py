"""Fetches the complete files of a folder on a server into the feed's own drop folder, where they are read as any other.

A file is on our disk, whole, before it is noted as fetched; a fetch that breaks off anywhere begins anew, and what
comes twice is known by its name and hash. It goes from the server, where the site says so, once the inbox has it.
"""

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from wardwise.errors import StoreUnavailable
from wardwise.feeds.files.drop import DONE, LARGEST, SETTLED_SECONDS
from wardwise.feeds.files.listed import LONGEST_NAME, Listed
from wardwise.feeds.kept import Kept
from wardwise.hospital.clock import Clock
from wardwise.loop.capture.inbox import Arrival, Inbox

LISTENER = "sftp"

_LARGE = f"too-large: it, or its marker, is larger than {LARGEST} bytes"
_LONG = f"name: it is longer than {LONGEST_NAME} bytes"

Keep = Callable[[Path, bytes, int], None]


class Remote(Protocol):
    """An open folder on a server; every method raises Unanswered."""

    async def listing(self) -> Sequence[Listed]:
        """Its files."""
        ...

    async def read(self, file: Listed) -> bytes | None:
        """The bytes of a file; None where it is not as it was listed any more."""
        ...

    async def remove(self, file: Listed) -> None:
        """Take a file away; nothing happens where it is gone already, or not as it was listed any more."""
        ...


class Server(Protocol):
    """Where folders are opened."""

    def visit(self, work: Callable[[Remote], Awaitable[int]]) -> int:
        """Open the folder, do the work, close it; raises Unanswered."""
        ...


@dataclass(slots=True, kw_only=True)
class Fetcher:
    """One feed. `keep` writes a file with its time of change in ns, whole and synced, or not at all.

    With `vouched` no file is fetched before its marker says something; with `remove` files go from the server.
    """

    site: str
    feed: str
    folder: Path
    server: Server
    inbox: Inbox
    fetched: Kept
    clock: Clock
    keep: Keep
    vouched: bool = False
    remove: bool = False
    unsettled: bool = False  # whether a file was seen for the first time, or was another one, at the last look
    _resting: dict[str, tuple[str, float]] = field(default_factory=dict)

    def turn(self) -> int:
        """Fetch what lies complete there, oldest name first; returns how many files.

        Raises Unanswered (what was fetched is noted) and StoreUnavailable.
        """
        return self.server.visit(self._visit)

    async def _visit(self, remote: Remote) -> int:
        listed = {file.name: file for file in await remote.listing()}
        before = self.fetched.read()
        known = {name: shape for name, shape in before.items() if name in listed}
        complete = self._complete(listed, known)
        count = 0
        try:
            for file in complete:
                count += await self._take(remote, file, listed.get(file.name + DONE), known)
            if self.remove:
                await self._clear(remote, listed, known)
        finally:
            if known != before:
                self.fetched.keep(known)
        return count

    def _complete(self, listed: Mapping[str, Listed], known: Mapping[str, str]) -> list[Listed]:
        """The files that are new and whole: an empty marker says so at once, or nothing has changed for a while."""
        new = [file for name, file in sorted(listed.items()) if file.plain and known.get(name) != file.shape]
        seen = {name: at for name, at in self._resting.items() if name in listed}
        self._resting, self.unsettled = {}, False
        return [file for file in new if self._rested(file, listed.get(file.name + DONE), seen)]

    def _rested(self, file: Listed, marker: Listed | None, seen: Mapping[str, tuple[str, float]]) -> bool:
        shape = f"{file.shape}/{marker.shape if marker else ''}"
        before, since = seen.get(file.name, ("", 0.0))
        if before != shape:
            since = self.clock.elapsed()
        self._resting[file.name] = shape, since
        if marker is not None and not marker.size and not self.vouched:
            return True
        self.unsettled = self.unsettled or before != shape
        waits = not file.size or (self.vouched and not (marker and marker.size))
        return not waits and self.clock.elapsed() - since >= SETTLED_SECONDS

    async def _take(self, remote: Remote, file: Listed, marker: Listed | None, known: dict[str, str]) -> bool:
        here = self.folder / file.name
        large = max(file.size, marker.size if marker else 0) > LARGEST
        if large or len(os.fsencode(file.name)) > LONGEST_NAME:
            self._refuse(file, _LARGE if large else _LONG)
            known[file.name] = file.shape
            return False
        if here.exists() or here.is_symlink():
            return False  # the one before is not read yet; nothing may be laid over it
        body = await remote.read(file)
        vouches = await remote.read(marker) if marker is not None else None
        if body is None or (marker is not None and vouches is None):
            return False
        if marker is not None and vouches is not None:  # first, so that the file is not taken without it
            self._lay(marker, vouches)
        self._lay(file, body)
        known[file.name] = file.shape
        return True

    def _lay(self, file: Listed, body: bytes) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.keep(self.folder / file.name, body, file.changed * 1_000_000_000)
        except OSError as fault:
            remedy = "Make room on its disk, and let wardwise write to it."
            raise StoreUnavailable(store=self.folder, what=str(fault.strerror), remedy=remedy) from fault

    async def _clear(self, remote: Remote, listed: Mapping[str, Listed], known: Mapping[str, str]) -> None:
        """Take away what the inbox has: a file leaves our folder only then. One that has changed since stays."""
        for name, file in listed.items():
            taken = known.get(name) == file.shape and file.size <= LARGEST and not (self.folder / name).exists()
            if file.plain and taken:
                await remote.remove(file)
                if name + DONE in listed:
                    await remote.remove(listed[name + DONE])

    def _refuse(self, file: Listed, why: str) -> None:
        """Put on record, once for each shape, that a file is never fetched."""
        name = os.fsencode(file.name)[:LONGEST_NAME].decode("utf-8", "backslashreplace")
        arrival = Arrival(
            site=self.site,
            source=self.feed,
            listener=LISTENER,
            control_id=f"{name}@{file.shape}",
            body=b"",
            received_at=self.clock.now(),
            refusal=why,
        )
        self.inbox.receive([arrival])
