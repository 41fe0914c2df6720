"""The raw inbox on SQLite: a group of arrivals is one transaction and one sync."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import apsw

from wardwise.errors import NotFound, StoreUnavailable
from wardwise.hospital.moment import micros, moment
from wardwise.loop.capture.ids import raw_id
from wardwise.loop.capture.inbox import Arrival, Counts, Raw, Receipt
from wardwise.stores.envelope import PLAIN, Envelope
from wardwise.stores.sqlite.database import Access, Database
from wardwise.stores.sqlite.inbox_verify import InboxVerifier, Verified, receipt_digest
from wardwise.stores.sqlite.schema import Schema, queries, schema

_SQL = queries("inbox")
_PRUNED_AT_ONCE = 1_000
_CHECKPOINT_PAGES = 4_000  # 16 MB of WAL: whoever waits for an acknowledgement waits for a checkpoint too


def _schema() -> Schema:
    return schema("inbox", 0x77776962)


@dataclass(frozen=True, slots=True)
class Sealing:
    """How the bodies are kept: how many plain, how many sealed with each key (by its id)."""

    plain: int
    sealed: Mapping[str, int]


class SqliteInbox:
    """`Inbox` in one file. A duplicate is the same bytes under the same control id from the same source.

    Sources are told apart per site: two sites may both have an `adt` feed. Without a control id the bytes
    alone are the identity: equal bytes are a duplicate, other bytes are never a conflict. A refused
    arrival leaves no fingerprint, so the same bytes may be accepted once the reason is gone.
    Bodies are sealed with the envelope's key if it has one; those kept before stay as they are.
    """

    def __init__(
        self, path: Path, *, envelope: Envelope | None = None, access: Access = Access.WRITE, vfs: str = ""
    ) -> None:
        """Open or make the file; raises StoreUnavailable when it is to be written and a key of it is missing.

        A reader goes on without: what is no body can be read all the same.
        """
        self._envelope = envelope or Envelope()
        self._database = Database(path, _schema(), access=access, vfs=vfs)
        self._database.connection.pragma("secure_delete", "on")  # a pruned body is overwritten
        if access is Access.WRITE:
            self._database.connection.pragma("wal_autocheckpoint", _CHECKPOINT_PAGES)
            try:
                self.check_keys()
                self._note_key()
            except BaseException:
                self._database.close()
                raise

    def revive(self) -> None:
        """Open the file anew if a fault closed it; raises StoreUnavailable while it cannot be."""
        self._database.revive()

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        self._database.close()

    def receive(self, arrivals: Sequence[Arrival]) -> list[Raw]:
        """Store arrivals in one synced commit and return their receipts in the same order."""
        if not arrivals:
            return []
        with self._database.write() as connection:
            sequence = _one(connection, "last_sequence")
            doors = _Doors(connection)
            raws = []
            for arrival in arrivals:
                sequence += 1
                raws.append(_keep(doors, self._envelope, sequence, arrival))
            _count(connection, raws)
            doors.note_last(raws)
        return raws

    def pending(self, site: str, *, after: int, limit: int = 1_000) -> list[Raw]:
        """Raws to be read into events (stored and conflicting ones) with sequence > after, in order."""
        with self._database.read() as connection:
            found: list[int] = []
            for (door,) in _rows(connection, "doors", site):
                bound = {"door": door, "after": after, "limit": max(limit, 0)}
                found += [row[0] for row in connection.execute(_SQL["pending"], bound)]
            return [self._raw(connection, sequence) for sequence in sorted(found)[: max(limit, 0)]]

    def waiting(self, site: str, *, after: int) -> int:
        """How many raws there are to be read with sequence > after, pruned ones included."""
        with self._database.read() as connection:
            doors = list(_rows(connection, "doors", site))
            return sum(_one(connection, "waiting", door, after) for (door,) in doors)

    def find(self, identifier: str) -> Raw:
        """The raw with this id, its bytes included; raises NotFound, also when its body was pruned."""
        with self._database.read() as connection:
            sequence = _one(connection, "find", identifier)
            if sequence is None:
                raise NotFound(id=identifier)
            return self._raw(connection, sequence)

    def refused(self, site: str, *, limit: int = 100) -> list[Raw]:
        """The last refused raws whose bodies are still kept, newest first."""
        with self._database.read() as connection:
            found: list[int] = []
            for (door,) in _rows(connection, "doors", site):
                bound = {"door": door, "limit": max(limit, 0)}
                found += [row[0] for row in connection.execute(_SQL["refused"], bound)]
            newest = sorted(found, reverse=True)[: max(limit, 0)]
            return [self._raw(connection, sequence) for sequence in newest]

    def counts(self, site: str) -> Counts:
        """How many receipts of each sort a site's doors have given; reads counters, counts nothing."""
        with self._database.read() as connection:
            rows = dict(_rows(connection, "tallies", site))
        each = {receipt.value: rows.get(receipt.value, 0) for receipt in Receipt}
        return Counts(received=sum(each.values()), **each)

    @property
    def last_sequence(self) -> int:
        """The sequence of the last receipt of all; 0 when there is none."""
        with self._database.read() as connection:
            return int(_one(connection, "last_sequence"))

    def last_received(self, site: str) -> dict[str, datetime]:
        """The last receipt of each source, refused ones left out."""
        with self._database.read() as connection:
            rows = _rows(connection, "last_received", site)
        return {source: moment(at) for source, at in rows}

    def prune(self, before: datetime, *, upto: int) -> int:
        """Let go of bodies received before an instant with sequence <= upto; returns how many went.

        The freed pages are overwritten with zeros and used again, and the -wal is emptied, for it holds them as
        they were. It goes by parts, so that a door never waits long to write.
        """
        bound = {"before": micros(before), "upto": upto, "limit": _PRUNED_AT_ONCE}
        gone, going = 0, _PRUNED_AT_ONCE
        while going == _PRUNED_AT_ONCE:
            with self._database.write() as connection:
                connection.execute(_SQL["prune"], bound)
                going = connection.changes()
            gone += going
        self._database.empty_wal()
        return gone

    def verify(self) -> Verified:
        """Recompute every digest, body and counter; raises DamagedInbox at the first bad receipt.

        By parts, so that writers and checkpoints go on meanwhile.
        """
        return InboxVerifier(self._database, self._raw).verify()

    def sealing(self) -> Sealing:
        """How the bodies are kept now; counts an index."""
        with self._database.read() as connection:
            sealed = {key: _one(connection, "sealed_by", key) for (key,) in _rows(connection, "keys")}
            return Sealing(_one(connection, "bodies") - sum(sealed.values()), sealed)

    def check_keys(self) -> None:
        """Raise StoreUnavailable, naming the key's file, when a key is missing that this inbox was sealed with."""
        with self._database.read() as connection:
            kept, ever = (_rows(connection, name) for name in ("keys", "sealings"))
        self._envelope.refuse_unknown(key for (key,) in kept)
        if ever or self._envelope.ciphers:
            self._envelope.refuse_none()

    def _note_key(self) -> None:
        key = self._envelope.current
        with self._database.read() as connection:
            noted = key == PLAIN or (key,) in _rows(connection, "sealings")
        if not noted:
            with self._database.write() as connection:
                connection.execute(_SQL["add_sealing"], (key,))

    def _raw(self, connection: apsw.Connection, sequence: int) -> Raw:
        """A stored raw, its bytes checked against its id; they are never handed out changed."""
        [row] = _rows(connection, "raw", sequence)
        identifier, _, site, source, listener, control_id, received_at, receipt, refusal, holder, key, kept = row
        if kept is None:
            raise NotFound(id=identifier)
        body = self._envelope.open(key, kept, _bound(site, identifier, holder))
        if raw_id(source, control_id, hashlib.sha256(body).hexdigest()) != identifier:
            raise StoreUnavailable(
                store="inbox",
                what=f"the bytes of raw {identifier} do not match their fingerprint",
                remedy="Restore the last good backup, or ask the source to send this message again.",
            )
        arrival = Arrival(
            site=site,
            source=source,
            listener=listener,
            control_id=control_id,
            body=body,
            received_at=moment(received_at),
            refusal=refusal,
        )
        return Raw(id=identifier, sequence=sequence, arrival=arrival, receipt=Receipt(receipt))


def _one(connection: apsw.Connection, name: str, *bound: str | int | bytes) -> Any:
    row = connection.execute(_SQL[name], bound).fetchone()
    return None if row is None else row[0]


def _rows(connection: apsw.Connection, name: str, *bound: str | int | bytes) -> list[tuple[Any, ...]]:
    return connection.execute(_SQL[name], bound).fetchall()


class _Doors:
    """The numbers of doors within one group of arrivals: each is asked for once."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self._numbers: dict[tuple[str, str], int] = {}

    def number(self, arrival: Arrival) -> int:
        """The number of an arrival's door, a new one if need be."""
        key = arrival.site, arrival.source
        number = self._numbers.get(key)
        if number is None:
            number = _one(self.connection, "door", *key) or _one(self.connection, "add_door", *key)
            self._numbers[key] = number
        return number

    def note_last(self, raws: Sequence[Raw]) -> None:
        """Keep when each door was last heard, refused arrivals left out."""
        heard = {
            self.number(raw.arrival): micros(raw.arrival.received_at)
            for raw in raws
            if raw.receipt is not Receipt.REFUSED
        }
        self.connection.executemany(_SQL["put_last_receipt"], list(heard.items()))


def _bound(site: str, identifier: str, holder: int) -> bytes:
    """What a sealed body is bound to, so that no row can stand in for another."""
    return f"wardwise inbox body|{site}|{identifier}|{holder}".encode()


def _keep(doors: _Doors, envelope: Envelope, sequence: int, arrival: Arrival) -> Raw:
    """Decide what an arrival is, and store its receipt and, unless it is there already, its body."""
    connection, door = doors.connection, doors.number(arrival)
    sha256 = hashlib.sha256(arrival.body).digest()
    identifier = raw_id(arrival.source, arrival.control_id, sha256.hex())
    if arrival.refusal:
        receipt, holder = Receipt.REFUSED, _one(connection, "refused_before", identifier, door)
    else:
        receipt, holder = _recognise(connection, door, arrival.control_id, sha256)
        if holder is None:
            connection.execute(_SQL["add_fingerprint"], (door, arrival.control_id, sha256, sequence))
    if holder is None:
        holder = sequence
        key, kept = envelope.seal(arrival.body, _bound(arrival.site, identifier, holder))
        connection.execute(_SQL["add_body"], (sequence, micros(arrival.received_at), kept, key))
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
    connection.execute(_SQL["add_receipt"], (*row, checked))
    return Raw(id=identifier, sequence=sequence, arrival=arrival, receipt=receipt)


def _recognise(connection: apsw.Connection, door: int, control_id: str, sha256: bytes) -> tuple[Receipt, int | None]:
    """What acceptable bytes are, and the earlier receipt that holds them already."""
    [(first, known)] = _rows(connection, "recognise", door, control_id, sha256)
    if first is not None:
        return Receipt.DUPLICATE, first
    return (Receipt.CONFLICT if control_id and known else Receipt.STORED), None


def _count(connection: apsw.Connection, raws: Sequence[Raw]) -> None:
    tally = Counter((raw.arrival.site, raw.receipt.value) for raw in raws)
    rows = [(site, receipt, by) for (site, receipt), by in tally.items()]
    connection.executemany(_SQL["count_receipt"], rows)
