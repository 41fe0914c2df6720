"""The raw inbox on SQLite: a group of arrivals is one transaction and one sync."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from wardwise.hospital.moment import micros
from wardwise.loop.capture.ids import raw_id
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.stores.envelope import Envelope
from wardwise.stores.sql.access import Access
from wardwise.stores.sql.inbox import SqlInbox, bound
from wardwise.stores.sql.inbox_verify import receipt_digest
from wardwise.stores.sql.session import Session, one
from wardwise.stores.sqlite.database import SqliteFile
from wardwise.stores.sqlite.schema import schema

_CHECKPOINT_PAGES = 4_000  # 16 MB of WAL: whoever waits for an acknowledgement waits for a checkpoint too


class SqliteInbox(SqlInbox):
    """`Inbox` in one file."""

    def __init__(
        self, path: Path, *, envelope: Envelope | None = None, access: Access = Access.WRITE, vfs: str = ""
    ) -> None:
        """Open or make the file; raises StoreUnavailable when it is to be written and a key of it is missing."""
        self._file = SqliteFile(path, schema("inbox", 0x77776962), access=access, vfs=vfs)
        self._file.connection.pragma("secure_delete", "on")  # a pruned body is overwritten
        if access is Access.WRITE:
            self._file.connection.pragma("wal_autocheckpoint", _CHECKPOINT_PAGES)
        super().__init__(self._file, envelope)

    def receive(self, arrivals: Sequence[Arrival]) -> list[Raw]:
        """Store arrivals in one synced commit and return their receipts in the same order."""
        if not arrivals:
            return []
        self.refuse_closed()
        with self._database.write() as session:
            sequence = one(session, "last_sequence")
            doors = _Doors(session)
            raws = []
            for arrival in arrivals:
                sequence += 1
                raws.append(_keep(doors, self._envelope, sequence, arrival))
            _count(session, raws)
            doors.note_last(raws)
        return raws

    def prune(self, before: datetime, *, upto: int) -> int:
        """Let go of bodies received before an instant with sequence <= upto; returns how many went.

        The freed pages are overwritten with zeros and used again, and the -wal is emptied, for it holds them as
        they were.
        """
        gone = super().prune(before, upto=upto)
        self._file.empty_wal()
        return gone


class _Doors:
    """The numbers of doors within one group of arrivals: each is asked for once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._numbers: dict[tuple[str, str], int] = {}

    def number(self, arrival: Arrival) -> int:
        """The number of an arrival's door, a new one if need be."""
        key = arrival.site, arrival.source
        number = self._numbers.get(key)
        if number is None:
            number = one(self.session, "door", *key) or one(self.session, "add_door", *key)
            self._numbers[key] = number
        return number

    def note_last(self, raws: Sequence[Raw]) -> None:
        """Keep when each door was last heard, refused arrivals left out."""
        heard = {
            self.number(raw.arrival): micros(raw.arrival.received_at)
            for raw in raws
            if raw.receipt is not Receipt.REFUSED
        }
        self.session.many("put_last_receipt", list(heard.items()))


def _keep(doors: _Doors, envelope: Envelope, sequence: int, arrival: Arrival) -> Raw:
    """Decide what an arrival is, and store its receipt and, unless it is there already, its body."""
    session, door = doors.session, doors.number(arrival)
    sha256 = hashlib.sha256(arrival.body).digest()
    identifier = raw_id(arrival.source, arrival.control_id, sha256.hex())
    if arrival.refusal:
        receipt, holder = Receipt.REFUSED, one(session, "refused_before", identifier, door)
    else:
        receipt, holder = _recognise(session, door, arrival.control_id, sha256)
        if holder is None:
            session.many("add_fingerprint", [(door, arrival.control_id, sha256, sequence)])
    if holder is None:
        holder = sequence
        key, kept = envelope.seal(arrival.body, bound(arrival.site, identifier, holder))
        session.many("add_body", [(sequence, micros(arrival.received_at), kept, key)])
    row = (
        sequence,
        door,
        identifier,
        arrival.listener,
        arrival.control_id,
        micros(arrival.received_at),
        receipt.value,
        arrival.refusal,
        holder,
    )
    checked = receipt_digest(arrival.site, arrival.source, row)
    session.many("add_receipt", [(*row, checked)])
    return Raw(id=identifier, sequence=sequence, arrival=arrival, receipt=receipt)


def _recognise(session: Session, door: int, control_id: str, sha256: bytes) -> tuple[Receipt, int | None]:
    """What acceptable bytes are, and the earlier receipt that holds them already."""
    [(first, known)] = session.rows("recognise", (door, control_id, sha256))
    if first is not None:
        return Receipt.DUPLICATE, first
    return (Receipt.CONFLICT if control_id and known else Receipt.STORED), None


def _count(session: Session, raws: Sequence[Raw]) -> None:
    tally = Counter((raw.arrival.site, raw.receipt.value) for raw in raws)
    rows = [(site, receipt, by) for (site, receipt), by in tally.items()]
    session.many("count_receipt", rows)
