"""What the marker beside a file vouches for: its SHA-256 and how many rows it has. Lines of `name: value`.

    sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    rows: 120

A marker with neither, empty or not, says that the file is complete, and nothing else.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from wardwise.feeds.reading import Quarantine
from wardwise.loop.capture.canonical import digest

LONGEST = 4_096  # bytes

Count = Callable[[bytes], int | None]  # rows below the header of a file; None where it cannot be read

_HOW = "Write `sha256: ` with 64 hexadecimal digits and `rows: ` with a number, each on a line of its own, or nothing."
_AGAIN = "Deliver file and manifest again."
_LINE = re.compile(r"(sha256)\s*:\s*([0-9a-fA-F]{64})|(rows)\s*:\s*([0-9]{1,9})")
_NAMED = re.compile("sha256|rows", re.IGNORECASE)
UNKNOWN = Quarantine("manifest", "its manifest cannot be read", _HOW)
MISSING = Quarantine("manifest", "it came without a manifest, and the feed promises one", _HOW)


@dataclass(frozen=True, slots=True)
class Manifest:
    """`rows` are those below the header that hold anything; None where the sender does not say."""

    sha256: str | None = None
    rows: int | None = None

    def broken_by(self, body: bytes, count: Count) -> Quarantine | None:
        """What of it does not hold for a file; None when all of it does."""
        if self.sha256 is not None and digest(body) != self.sha256:
            return Quarantine("manifest", "its SHA-256 is not the one its manifest gives", _AGAIN)
        found = None if self.rows is None else count(body)
        if found is not None and found != self.rows:
            return Quarantine("manifest", f"it has {found} rows, its manifest says {self.rows}", _AGAIN)
        return None


def manifest_of(marker: bytes) -> Manifest | None:
    """What a marker says; None where it is no manifest."""
    said: dict[str, str] = {}
    text = marker.decode("ascii", errors="replace")
    if not _NAMED.search(text):
        return Manifest()
    for line in text.split("\n"):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line.strip())
        name, value = (found[1] or found[3], found[2] or found[4]) if found else ("", "")
        if not name or name in said:
            return None
        said[name] = value
    rows = said.get("rows")
    return Manifest(said["sha256"].lower() if "sha256" in said else None, None if rows is None else int(rows))
