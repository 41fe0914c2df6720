"""Event logs in XES (IEEE 1849-2016) as rows: one event a row, the attributes of its trace beside its own.

The names of columns are the keys of the attributes: `concept:name`; of the trace with `case:` before them:
`case:concept:name`. Two are ours: `case:index` and `event:index` count traces, and events in a trace, from 1.
The file is read as a stream and comes from somebody else's machine: no document type, no entity, nothing it links to.
"""

import re
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from xml.parsers.expat import ExpatError, ParserCreate

from wardwise.feeds.files.rows import as_text
from wardwise.feeds.mapped.trouble import Unreadable

_BEGINS = 4_096  # bytes in which a log shows that it is one
_LOG = re.compile(rb"<(?:[\w.-]{1,40}:)?log[\s>]")
_CHUNK = 512 * 1024  # an element that is not whole is looked at again with each: small ones cost the square of it
_WINDOW = 256 * 1024  # bytes within which some element must end: no attribute is as long
_DEEPEST = 16
_MOST_ELEMENTS = 4_000_000
_MOST_KEYS = 500
_VALUES = frozenset({"string", "date", "int", "float", "boolean", "id"})
_EXPORT = "Export the log again as XES, without a document type."
_SPLIT = "Split the log by traces, or export fewer attributes."


def is_xes(body: bytes) -> bool:
    """Whether bytes are an event log in XES, going by how they begin."""
    begins = body[:_BEGINS].lstrip(b"\xef\xbb\xbf \t\r\n")
    return begins.startswith(b"<") and _LOG.search(begins) is not None


def xes_rows(body: bytes, wanted: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """The header and the events, numbered from 2 as rows below it; of the wanted columns alone, without regard to case.

    Raises Unreadable, before the first row where any of the file cannot be read.
    """
    _measure(body)
    named = {name.strip().casefold() for name in wanted}
    walk = _Walk(named)
    for _ in _events(body, walk):  # all of it once: what is wrong anywhere is wrong before the first fact
        pass
    columns = [key for key, counts in walk.keys.items() if counts]
    yield 1, columns
    for number, event in enumerate(_events(body, _Walk(named)), start=2):
        yield number, [event.get(key, "") for key in columns]


def _measure(body: bytes) -> None:
    for start in range(0, len(body), _WINDOW):
        if body.find(b">", start, start + _WINDOW) < 0 and start + _WINDOW < len(body):
            raise Unreadable("too-large", f"the log has an attribute of more than {_WINDOW} bytes", _SPLIT)


def _events(body: bytes, walk: "_Walk") -> Iterator[dict[str, str]]:
    parser = ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler, parser.EndElementHandler = walk.begin, walk.end
    try:
        for start in range(0, len(body), _CHUNK):
            parser.Parse(body[start : start + _CHUNK])
            while walk.ready:
                yield walk.ready.popleft()
        parser.Parse(b"", True)  # noqa: FBT003 - expat's: that was all
    except ExpatError as error:
        why = f"line {error.lineno} of the log is not XML"
        raise Unreadable("bad-xes", why, _EXPORT) from None
    except (UnicodeError, LookupError, ValueError):
        raise Unreadable("bad-xes", "the log is in a charset that cannot be read", "Export it as UTF-8.") from None


def _refuse(*_: object) -> None:
    raise Unreadable("bad-xes", "the log declares a document type", _EXPORT)


@dataclass(slots=True)
class _Walk:
    """Where in a log the parser stands, and what it has seen: the keys there are, with whether they are `wanted`, and
    events that are complete. Only what is wanted is held: events share their trace, and a trace may say much.
    """

    wanted: Collection[str]
    keys: dict[str, bool] = field(default_factory=dict)
    ready: deque[dict[str, str]] = field(default_factory=deque)
    _open: list[str] = field(default_factory=list)
    _trace: dict[str, str] = field(default_factory=dict)
    _event: dict[str, str] | None = None
    _elements: int = 0
    _traces: int = 0
    _place: int = 0

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins; an attribute counts directly below its trace or event, not within another."""
        name = tag.rpartition(":")[2]
        self._elements += 1
        if len(self._open) >= _DEEPEST or self._elements > _MOST_ELEMENTS:
            why = f"the log is more than {_DEEPEST} elements deep, or has more than {_MOST_ELEMENTS:,}"
            raise Unreadable("too-large", why, _SPLIT)
        parent = self._open[-1] if self._open else ""
        self._open.append(name)
        if name == "trace" and parent == "log":
            self._traces, self._place = self._traces + 1, 0
            self._trace = self._noted({"case:index": str(self._traces)})
        elif name == "event" and parent in {"trace", "log"}:
            self._place += 1
            self._event = self._noted({"event:index": str(self._place)})
        elif name in _VALUES and "key" in attributes and parent in {"trace", "event"}:
            self._add(name, attributes, of_trace=parent == "trace")

    def end(self, tag: str) -> None:
        """An element ends."""
        self._open.pop()
        if self._event is not None and tag.rpartition(":")[2] == "event":
            self.ready.append(self._trace | self._event)
            self._event = None
        elif tag.rpartition(":")[2] == "trace":
            self._trace = {}

    def _add(self, kind: str, attributes: dict[str, str], *, of_trace: bool) -> None:
        key, value = attributes["key"], attributes.get("value", "")
        told = _instant(value) if kind == "date" else value
        if of_trace:
            self._trace |= self._noted({f"case:{key}": told})
        elif self._event is not None:
            self._event |= self._noted({key: told})

    def _noted(self, some: dict[str, str]) -> dict[str, str]:
        for key in some.keys() - self.keys.keys():
            self.keys[key] = key.casefold() in self.wanted
            if len(self.keys) > _MOST_KEYS:
                raise Unreadable("too-large", f"the log has more than {_MOST_KEYS} different attributes", _SPLIT)
        return {key: value for key, value in some.items() if self.keys[key]}


def _instant(text: str) -> str:
    """A time as cells with types show it; one that is none stays as it is, to be found out by its row."""
    try:
        return as_text(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):  # the first and the last day there are have no other zone
        return text
