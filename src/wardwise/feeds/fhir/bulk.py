"""A bulk export of a FHIR server ($export): asked for, waited for, and its files fetched for an import to read."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import orjson

from wardwise.feeds.fhir.document import text
from wardwise.feeds.fhir.moments import exact
from wardwise.feeds.fhir.refusal import Refused, refusal_of
from wardwise.feeds.fhir.server import Server
from wardwise.hospital.moment import iso

NDJSON = "application/fhir+ndjson"

_WHAT = "a bulk export"
_BUSY = frozenset({202, 429, 502, 503, 504})  # a gateway before the server may be restarted
_SHORTEST_SECONDS, _LONGEST_SECONDS, _ALTOGETHER_SECONDS = 1.0, 60.0, 24 * 3_600.0
_MOST_FAILURES = 5  # on end, while the export is being made
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")

Wait = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which resources: of these types, recorded since an instant, of a Group; all where none is given."""

    types: tuple[str, ...] = ()
    since: datetime | None = None
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came: lines by the name of their file. `at` is the server's time up to which it holds everything.

    `faults` are files in which the server says what it could not export.
    """

    at: datetime
    lines: Mapping[str, int]
    faults: int


def fetch(server: Server, wanted: Wanted, into: Path, *, wait: Wait) -> Fetched:
    """Ask for an export, wait until it is there, store its files in a folder that exists. Raises Refused."""
    status = _begun(server, wanted)
    manifest = _finished(server, status, wait)
    at = exact(manifest.get("transactionTime"))
    if at is None:
        raise Refused(what=_WHAT, why="its manifest does not say when it was made (`transactionTime`)", wait=None)
    # Left out, a token is needed: it is sent to this server only.
    signed = manifest.get("requiresAccessToken") is not False
    lines = dict(_stored(server, manifest, into, signed=signed))
    server.discard(status)
    return Fetched(at=at, lines=lines, faults=len(_files(manifest, "error")))


def _begun(server: Server, wanted: Wanted) -> str:
    """The address at which the server says how far it is."""
    parameters = {"_outputFormat": NDJSON}
    parameters |= {"_type": ",".join(wanted.types)} if wanted.types else {}
    parameters |= {"_since": iso(wanted.since)} if wanted.since else {}
    path = f"Group/{wanted.group}/$export" if wanted.group else "$export"
    answer = server.answer(path, parameters, headers={"Prefer": "respond-async"})
    if answer.status_code != httpx.codes.ACCEPTED:
        raise refusal_of(answer, _WHAT)
    status = answer.headers.get("Content-Location", "")
    if not status:
        raise Refused(what=_WHAT, why="it does not say where to ask for it (`Content-Location`)", wait=None)
    return str(status)


def _finished(server: Server, status: str, wait: Wait) -> dict[str, Any]:
    waited, seconds, failures = 0.0, _SHORTEST_SECONDS, 0
    while waited < _ALTOGETHER_SECONDS:
        try:
            answer = server.answer(status, headers={"Accept": "application/json"})
        except Refused:  # a line that fails for a moment should not cost what the server has made since
            failures += 1
            if failures > _MOST_FAILURES:
                raise
            told = None
        else:
            if answer.status_code not in _BUSY:
                return _manifest(answer)
            told, failures = refusal_of(answer, _WHAT).wait, 0
        seconds = min(seconds * 2, _LONGEST_SECONDS)
        pause = max(told or seconds, _SHORTEST_SECONDS)
        wait(pause)
        waited += pause
    raise Refused(what=_WHAT, why="it was not done within a day", wait=None)


def _manifest(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code != httpx.codes.OK:
        raise refusal_of(answer, _WHAT)
    try:
        found = orjson.loads(answer.content)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("output"), list):
        raise Refused(what=_WHAT, why="its manifest is none: it has no list `output`", wait=None)
    return found


def _stored(server: Server, manifest: dict[str, Any], into: Path, *, signed: bool) -> Iterator[tuple[str, int]]:
    told = [*_files(manifest, "output"), *(each | {"type": "Deleted"} for each in _files(manifest, "deleted"))]
    for number, each in enumerate(told, 1):
        kind = text(each, "type")
        name = f"{number:05d}-{kind if _TYPE.fullmatch(kind) else 'Other'}.ndjson"
        lines = server.save(text(each, "url"), into / name, signed=signed)
        if isinstance(each.get("count"), int) and kind != "Deleted" and lines != each["count"]:
            why = f"a file of {lines:,} lines came where {each['count']:,} were told"
            raise Refused(what=_WHAT, why=why, wait=None)
        yield name, lines


def _files(manifest: dict[str, Any], part: str) -> list[dict[str, Any]]:
    listed = manifest.get(part)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
