"""A watched folder: complete files go to the inbox and then to `taken/`, others to `refused/` with a reason."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from wardwise.feeds.files.manifest import LONGEST, MISSING, UNKNOWN, Count, Manifest, manifest_of
from wardwise.feeds.files.workbook import is_workbook
from wardwise.feeds.reading import Quarantine
from wardwise.hospital.clock import Clock
from wardwise.loop.capture.canonical import digest
from wardwise.loop.capture.inbox import Arrival, Inbox

TAKEN = "taken"
REFUSED = "refused"
DONE = ".done"
WHY = ".why.txt"
SETTLED_SECONDS = 2.0  # a file without its `.done` must have rested for so long
PATIENCE_SECONDS = 600.0  # a file whose feed promises a manifest waits so long for it
LARGEST = 64 * 1024 * 1024

_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp", DONE, WHY)
_HIDDEN = (".", "~")
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ")  # zip, gzip, 7z, bzip2, xz
_SHORT = 16  # digits of the hash that tell files of one name apart

_LINK = Quarantine("link", "it is a link, not a file", "Drop the file itself.")
_LARGE = Quarantine("too-large", f"it is larger than {LARGEST} bytes", "Split it into several files.")
_ARCHIVE = Quarantine("archive", "it is an archive", "Drop the files in it, unpacked; nothing is unpacked here.")


@dataclass(frozen=True, slots=True)
class _Shape:
    """What tells whether a file has changed."""

    size: int
    changed: int
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> "_Shape":
        return cls(found.st_size, found.st_mtime_ns, found.st_ino)


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whether the feed's files must come with a manifest, and how their rows are counted.

    With `anew` a file counts again that is delivered again with the same bytes: full files may go back to what they
    said before.
    """

    required: bool = False
    anew: bool = False
    count: Count = lambda _: None


class Drop:
    """The folder of one feed. A file moves only after the inbox has it, so a crash in between stores it twice at most,
    which the inbox knows for one.
    """

    def __init__(
        self, folder: Path, feed: str, site: str, *, inbox: Inbox, clock: Clock, vouched: Vouched = Vouched()
    ) -> None:
        """Nothing is looked at before the first scan."""
        self._folder = folder
        self._vouched = vouched
        self._feed = feed
        self._site = site
        self._inbox = inbox
        self._clock = clock
        self._resting: dict[str, tuple[_Shape, float]] = {}

    def scan(self) -> int:
        """Take every complete file, oldest name first; returns how many the inbox has now. Makes the folder if need be.

        Complete is a file with `NAME.done` beside it, or one that has not changed for two seconds of machine time.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        there = {entry.name for entry in os.scandir(self._folder)}
        self._resting = {name: rest for name, rest in self._resting.items() if name in there}
        return sum(self._look(self._folder / name) for name in sorted(filter(meant, there)))

    def _look(self, file: Path) -> bool:
        try:
            found = file.lstat()
        except FileNotFoundError:
            return False
        if stat.S_ISLNK(found.st_mode):
            return self._refuse(file, _LINK)
        if not stat.S_ISREG(found.st_mode) or not self._complete(file, _Shape.of(found)):
            return False
        if found.st_size > LARGEST:
            return self._refuse(file, _LARGE)
        body = _read(file, _Shape.of(found))
        return body is not None and self._take(file, body)

    def _take(self, file: Path, body: bytes) -> bool:
        if body.startswith(_ARCHIVES) and not is_workbook(body):
            return self._refuse(file, _ARCHIVE)
        wrong = self._unvouched(file, body)
        if wrong and not self._settled(_marker(file)):
            return False  # the marker itself may be half written still
        return self._refuse(file, wrong) if wrong else self._store(file, body)

    def _settled(self, marker: Path) -> bool:
        """Whether a marker rests; one that is gone meanwhile will not change any more."""
        try:
            shape = _Shape.of(marker.lstat())
        except FileNotFoundError:
            return True
        return self._rested(marker.name, shape, SETTLED_SECONDS)

    def _unvouched(self, file: Path, body: bytes) -> Quarantine | None:
        marker = _marked(file)
        manifest = manifest_of(marker) if marker is not None else Manifest()
        if manifest is None:
            return UNKNOWN
        if self._vouched.required and manifest.sha256 is None:
            return MISSING
        return manifest.broken_by(body, self._vouched.count)

    def _complete(self, file: Path, shape: _Shape) -> bool:
        marker = _marked(file)
        if marker if self._vouched.required else marker is not None:
            return True
        rested = self._rested(file.name, shape, PATIENCE_SECONDS if self._vouched.required else SETTLED_SECONDS)
        return rested and bool(shape.size)

    def _rested(self, name: str, shape: _Shape, seconds: float) -> bool:
        """Whether a name has had the same shape for so long."""
        now = self._clock.elapsed()
        before, since = self._resting.get(name, (None, now))
        if before != shape:
            self._resting[name] = (shape, now)
        return before == shape and now - since >= seconds

    def _store(self, file: Path, body: bytes) -> bool:
        sha256 = digest(body)
        mark = f"{sha256}@{file.stat().st_mtime_ns}" if self._vouched.anew else sha256
        self._inbox.receive([self._arrival(file, body, mark)])
        self._move(file, TAKEN, sha256)
        return True

    def _arrival(self, file: Path, body: bytes, mark: str, *, refusal: str = "") -> Arrival:
        return Arrival(
            site=self._site,
            source=self._feed,
            listener="drop",
            control_id=f"{_printable(file.name)}@{mark}",
            body=body,
            received_at=self._clock.now(),
            refusal=refusal,
        )

    def _refuse(self, file: Path, why: Quarantine) -> bool:
        """Move it aside with the reason beside it, and put the refusal on record where people look at feeds."""
        moved = self._move(file, REFUSED, digest(os.fsencode(file.name) + str(self._clock.now()).encode()))
        moved.with_name(moved.name + WHY).write_text(f"{why.code}: {why.why}. {why.remedy}\n", encoding="utf-8")
        self._inbox.receive([self._arrival(file, b"", f"{self._clock.now()}", refusal=f"{why.code}: {why.why}")])
        return False

    def _move(self, file: Path, to: str, mark: str) -> Path:
        target = self._folder / to / file.name
        target.parent.mkdir(exist_ok=True)
        if target.is_symlink() or target.exists():
            target = target.with_name(f"{target.name}.{mark[:_SHORT]}")
        file.replace(target)
        marker = _marker(file)
        if marker.is_file() or marker.is_symlink():
            marker.unlink()
        for name in (file.name, marker.name):
            self._resting.pop(name, None)
        return target


def meant(name: str) -> bool:
    """Whether a name is one of a file to be read: not hidden, not in the making, no marker."""
    return not name.startswith(_HIDDEN) and not name.lower().endswith(_UNFINISHED) and name not in {TAKEN, REFUSED}


def _marker(file: Path) -> Path:
    return file.with_name(file.name + DONE)


def _printable(name: str) -> str:
    """A name that is not UTF-8 with its strange bytes spelled out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _marked(file: Path) -> bytes | None:
    """What stands in the marker beside a file; None where there is none."""
    marker = _marker(file)
    handle = _opened(marker) if marker.is_file() else None
    if handle is None:
        return None
    with os.fdopen(handle, "rb") as opened:
        return opened.read(LONGEST)


def _opened(file: Path) -> int | None:
    try:
        return os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None


def _read(file: Path, shape: _Shape) -> bytes | None:
    """The bytes, or None where the file is no longer the one that was looked at or changed meanwhile."""
    handle = _opened(file)
    if handle is None:
        return None
    with os.fdopen(handle, "rb") as opened:
        body = opened.read(LARGEST + 1)
        same = _Shape.of(os.fstat(handle)) == shape
    return body if same and len(body) == shape.size else None
