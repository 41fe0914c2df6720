"""The files of a bulk export as bodies for the inbox: lines as they came, with those that they refer to beside them.

Only where a resource stands is kept in memory, and only of the types that others refer to; lines are read again when
their turn comes. A line that is no FHIR is a body of its own: it is quarantined where people see it.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from wardwise.feeds.fhir.document import TYPE, Resource
from wardwise.feeds.fhir.envelope import enveloped
from wardwise.feeds.fhir.references import NEEDED, needed

TOGETHER = 100  # lines in one body
_BYTES = 512 * 1024
_LINES = frozenset({".ndjson", ".jsonl"})
_MOST_AROUND = 250
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class _Spot:
    file: Path
    start: int
    size: int

    def read(self) -> bytes:
        with self.file.open("rb") as opened:
            opened.seek(self.start)
            return opened.read(self.size)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    body: bytes
    resource: Resource


def deliveries(files: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """(a name that tells the same bytes apart from others, body) for everything in the files, in their order."""
    spots = _spots(files)
    for file in files:
        together: list[_Line] = []
        for number, body in _bodies(file):
            resource = _parsed(body)
            if resource is None or resource[TYPE] == "Bundle":
                yield _named(file, number, body)
                continue
            together.append(_Line(number, body, resource))
            if len(together) >= TOGETHER or sum(len(line.body) for line in together) > _BYTES:
                yield _joined(file, together, spots)
                together = []
        if together:
            yield _joined(file, together, spots)


def _bodies(file: Path) -> Iterator[tuple[int, bytes]]:
    if file.suffix not in _LINES:
        yield 1, file.read_bytes()
        return
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if stripped := line.strip():
                yield number, stripped


def _spots(files: Sequence[Path]) -> dict[str, _Spot]:
    """Where each resource stands that others may refer to; of several versions the last."""
    spots: dict[str, _Spot] = {}
    for file in files:
        start = 0
        with file.open("rb") as opened:
            for line in opened if file.suffix in _LINES else [opened.read()]:
                resource = _parsed(line)
                if resource is not None and resource[TYPE] in NEEDED:
                    spots[f"{resource[TYPE]}/{resource.get('id')}"] = _Spot(file, start, len(line))
                start += len(line)
    return spots


def _joined(file: Path, lines: list[_Line], spots: dict[str, _Spot]) -> tuple[str, bytes]:
    there = {f"{line.resource[TYPE]}/{line.resource.get('id')}" for line in lines}
    around: dict[str, bytes] = {}
    asked = [name for line in lines for name in needed(line.resource)]
    while asked and len(around) < _MOST_AROUND:
        name = asked.pop()
        if name in around or name in there or name not in spots:
            continue
        around[name] = spots[name].read().strip()
        asked += needed(_parsed(around[name]) or {})
    body = enveloped([line.body for line in lines], [around[name] for name in sorted(around)])
    return _named(file, lines[0].number, body)


def _named(file: Path, number: int, body: bytes) -> tuple[str, bytes]:
    return f"{file.name}:{number}:{hashlib.sha256(body).hexdigest()[:_SHOWN]}", body


def _parsed(body: bytes) -> Resource | None:
    try:
        content = orjson.loads(body)
    except ValueError:
        return None
    return content if isinstance(content, dict) and isinstance(content.get(TYPE), str) else None
