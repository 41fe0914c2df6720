"""A ledger written down: bytes that hold for one position of one log, made and read by the same code or not at all."""

from functools import cache
from importlib.resources import files
from typing import Any

import orjson

import wardwise
from wardwise.hospital.moment import from_iso, iso
from wardwise.loop.capture.canonical import digest
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.record import encode
from wardwise.loop.derive.fold.fact import from_row
from wardwise.loop.derive.fold.ledger import Ledger, Recall

_PACKAGES = ("wardwise.loop.derive.fold", "wardwise.loop.capture", "wardwise.loop.capture.kinds")


def written(ledger: Ledger, last: Event) -> bytes:
    """A snapshot of a ledger whose last event is `last`."""
    body = orjson.dumps(
        {
            "floor": None if ledger.floor is None else iso(ledger.floor),
            "facts": {book.projection.name: [fact.row() for fact in book.every()] for book in ledger.books},
            "replaced": ledger.replaced.rows(),
            "links": [fact.row() for fact in ledger.links.moves],
            "whereabouts": list(ledger.whereabouts.rows()),
        }
    )
    head = {"code": code(), "position": last.position, "record": digest(encode(last)), "body": digest(body)}
    return orjson.dumps(head) + b"\n" + body


def read(data: bytes, last: Event, recall: Recall) -> Ledger | None:
    """The ledger of a snapshot; None when it is damaged, of other code, or of another log than the one `last` is in."""
    head, _, body = data.partition(b"\n")
    expected = {"code": code(), "position": last.position, "record": digest(encode(last)), "body": digest(body)}
    if head != orjson.dumps(expected):
        return None
    return _ledger(orjson.loads(body), last.position, recall)


@cache
def code() -> str:
    """A hash of the code that folds: another version's snapshots say something else."""
    sources = [
        entry.read_bytes()
        for package in _PACKAGES
        for entry in sorted(files(package).iterdir(), key=lambda each: each.name)
        if entry.name.endswith(".py")
    ]
    return digest(b"\x00".join([wardwise.__version__.encode(), *sources]))


def _ledger(kept: dict[str, Any], position: int, recall: Recall) -> Ledger:
    ledger = Ledger(recall)
    ledger.position = position
    ledger.floor = None if kept["floor"] is None else from_iso(kept["floor"])
    for replaced, at, known in kept["replaced"]:
        ledger.replaced.add(replaced, at, known)
    for book in ledger.books:
        for row in kept["facts"][book.projection.name]:
            fact = from_row(row)
            book.add(str(book.projection.key(fact)), fact)
    for row in kept["links"]:
        ledger.links = ledger.links.with_(from_row(row))
    ledger.whereabouts.load(kept["whereabouts"])
    return ledger
