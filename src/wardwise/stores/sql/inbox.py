"""The raw inbox over named statements: everything but how arrivals are stored."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from wardwise.errors import NotFound, StoreUnavailable
from wardwise.hospital.moment import micros, moment
from wardwise.loop.capture.ids import raw_id
from wardwise.loop.capture.inbox import Arrival, Counts, Raw, Receipt
from wardwise.stores.envelope import PLAIN, Envelope
from wardwise.stores.sql.inbox_verify import INBOX, InboxVerifier, Verified
from wardwise.stores.sql.session import Database, Row, Session, one

_PRUNED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Sealing:
    """How the bodies are kept: how many plain, how many sealed with each key (by its id)."""

    plain: int
    sealed: Mapping[str, int]


class SqlInbox(ABC):
    """The reading half of an `Inbox` in a database, and its keys. A store of its own adds `receive`.

    A duplicate is the same bytes under the same control id from the same source.
    Sources are told apart per site: two sites may both have an `adt` feed. Without a control id the bytes
    alone are the identity: equal bytes are a duplicate, other bytes are never a conflict. A refused
    arrival leaves no fingerprint, so the same bytes may be accepted once the reason is gone.
    Bodies are sealed with the envelope's key if it has one; those kept before stay as they are.
    """

    def __init__(self, database: Database, envelope: Envelope | None) -> None:
        """Raises StoreUnavailable, and closes the database, when it is to be written and a key of it is missing.

        A reader goes on without: what is no body can be read all the same.
        """
        self._envelope = envelope or Envelope()
        self._database = database
        self.closed: Callable[[], str] = str  # asked before anything is received: why nothing may be, if so
        if database.writable:
            try:
                self.check_keys()
                self._note_key()
            except BaseException:
                database.close()
                raise

    def revive(self) -> None:
        """Open the database anew if a fault closed it; raises StoreUnavailable while it cannot be."""
        self._database.revive()

    def close(self) -> None:
        """Close the database; closing twice is harmless."""
        self._database.close()

    @abstractmethod
    def receive(self, arrivals: Sequence[Arrival]) -> list[Raw]:
        """Store arrivals in one synced commit and return their receipts in the same order."""

    def pending(self, site: str, *, after: int, limit: int = 1_000) -> list[Raw]:
        """Raws to be read into events (stored and conflicting ones) with sequence > after, in order."""
        with self._database.read() as session:
            found: list[int] = []
            for (door,) in session.rows("doors", (site,)):
                asked = {"door": door, "after": after, "limit": max(limit, 0)}
                found += [row[0] for row in session.rows("pending", asked)]
            return self._raws(session, sorted(found)[: max(limit, 0)])

    def waiting(self, site: str, *, after: int) -> int:
        """How many raws there are to be read with sequence > after, pruned ones included."""
        with self._database.read() as session:
            doors = session.rows("doors", (site,))
            return sum(one(session, "waiting", door, after) for (door,) in doors)

    def find(self, identifier: str) -> Raw:
        """The raw with this id, its bytes included; raises NotFound, also when its body was pruned."""
        with self._database.read() as session:
            sequence = one(session, "find", identifier)
            if sequence is None:
                raise NotFound(id=identifier)
            return self._raw(session, sequence)

    def refused(self, site: str, *, limit: int = 100) -> list[Raw]:
        """The last refused raws whose bodies are still kept, newest first."""
        with self._database.read() as session:
            found: list[int] = []
            for (door,) in session.rows("doors", (site,)):
                asked = {"door": door, "limit": max(limit, 0)}
                found += [row[0] for row in session.rows("refused", asked)]
            return self._raws(session, sorted(found, reverse=True)[: max(limit, 0)])

    def counts(self, site: str) -> Counts:
        """How many receipts of each sort a site's doors have given; reads counters, counts nothing."""
        with self._database.read() as session:
            rows: dict[str, int] = dict(session.rows("tallies", (site,)))
        each = {receipt.value: rows.get(receipt.value, 0) for receipt in Receipt}
        return Counts(received=sum(each.values()), **each)

    @property
    def last_sequence(self) -> int:
        """The sequence of the last receipt of all; 0 when there is none."""
        with self._database.read() as session:
            return int(one(session, "last_sequence"))

    def raw_at(self, sequence: int) -> str | None:
        """The id of the raw that a receipt is of; None where there is no such receipt."""
        with self._database.read() as session:
            found = one(session, "raw_of", sequence)
        return None if found is None else str(found)

    def refuse_closed(self) -> None:
        """Raise StoreUnavailable when nothing may be received, and say why."""
        if why := self.closed():
            remedy = "`wardwise doctor` says what to do, and so does the page on backing up and restoring."
            raise StoreUnavailable(store="inbox", what=why, remedy=remedy)

    def last_received(self, site: str) -> dict[str, datetime]:
        """The last receipt of each source, refused ones left out."""
        with self._database.read() as session:
            rows = session.rows("last_received", (site,))
        return {source: moment(at) for source, at in rows}

    def prune(self, before: datetime, *, upto: int) -> int:
        """Let go of bodies received before an instant with sequence <= upto; returns how many went.

        It goes by parts, so that a door never waits long to write.
        """
        asked = {"before": micros(before), "upto": upto, "limit": _PRUNED_AT_ONCE}
        gone, going = 0, _PRUNED_AT_ONCE
        while going == _PRUNED_AT_ONCE:
            with self._database.write() as session:
                going = len(session.rows("prune", asked))
            gone += going
        return gone

    def verify(self) -> Verified:
        """Recompute every digest, body and counter; raises DamagedInbox at the first bad receipt.

        By parts, so that writers and checkpoints go on meanwhile.
        """
        return InboxVerifier(self._database, self._raw).verify()

    def sealing(self) -> Sealing:
        """How the bodies are kept now; counts an index."""
        with self._database.read() as session:
            sealed = {key: one(session, "sealed_by", key) for (key,) in session.rows("keys")}
            return Sealing(one(session, "bodies") - sum(sealed.values()), sealed)

    def check_keys(self) -> None:
        """Raise StoreUnavailable, naming the key's file, when a key is missing that this inbox was sealed with."""
        with self._database.read() as session:
            kept, ever = (session.rows(name) for name in ("keys", "sealings"))
        self._envelope.refuse_unknown(key for (key,) in kept)
        if ever or self._envelope.ciphers:
            self._envelope.refuse_none()

    def _note_key(self) -> None:
        key = self._envelope.current
        with self._database.read() as session:
            noted = key == PLAIN or (key,) in session.rows("sealings")
        if not noted:
            with self._database.write() as session:
                session.many("add_sealing", [(key,)])

    def _raw(self, session: Session, sequence: int) -> Raw:
        """A stored raw; see `_raws`."""
        [raw] = self._raws(session, [sequence])
        return raw

    def _raws(self, session: Session, sequences: Sequence[int]) -> list[Raw]:
        """Stored raws in the order asked for, their bytes checked against their ids; never handed out changed."""
        rows = {row[1]: row for row in session.keyed("raw", sequences)}
        for sequence in sequences:
            if sequence not in rows:
                what, remedy = f"what belongs to receipt {sequence} is missing", "Restore the last good backup."
                raise StoreUnavailable(store=INBOX, what=what, remedy=remedy)
        return [self._opened(rows[sequence]) for sequence in sequences]

    def _opened(self, row: Row) -> Raw:
        identifier, sequence, site, source, listener, control_id, received_at, receipt, refusal, holder, key, kept = row
        if kept is None:
            raise NotFound(id=identifier)
        body = self._envelope.open(key, kept, bound(site, identifier, holder))
        if raw_id(source, control_id, hashlib.sha256(body).hexdigest()) != identifier:
            raise StoreUnavailable(
                store=INBOX,
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


def bound(site: str, identifier: str, holder: int) -> bytes:
    """What a sealed body is bound to, so that no row can stand in for another."""
    return f"wardwise inbox body|{site}|{identifier}|{holder}".encode()
