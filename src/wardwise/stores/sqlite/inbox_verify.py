"""Verification of the raw inbox: every receipt, body, fingerprint and counter against one another."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import apsw

from wardwise.errors import DamagedInbox, NotFound, StoreUnavailable
from wardwise.loop.capture.ids import raw_id
from wardwise.loop.capture.inbox import Raw, Receipt
from wardwise.stores.sqlite.database import Database
from wardwise.stores.sqlite.schema import queries

_SQL = queries("inbox")
INBOX = "inbox"  # what a fault of the bytes themselves names as its store
_AT_ONCE = 500  # in one view of the file, so that a long verification does not hold the WAL back

Row = Sequence[Any]
Open = Callable[[apsw.Connection, int], Raw]


@dataclass(frozen=True, slots=True)
class Verified:
    """How many receipts stand, and of how many bodies nobody can say so: the key they are sealed with is not here."""

    receipts: int
    unopened: int


def receipt_digest(site: str, source: str, row: Row) -> bytes:
    """SHA-256 of a receipt's columns, in the order of the table, and its door's names."""
    return hashlib.sha256(json.dumps([site, source, *row]).encode()).digest()


class InboxVerifier:
    """One verification of one inbox."""

    def __init__(self, database: Database, opened: Open) -> None:
        """`opened` reads a raw and checks its bytes; nothing is read yet."""
        self._database = database
        self._opened = opened
        self._tally: Counter[tuple[str, str]] = Counter()
        self._last: dict[int, int] = {}
        self._unopened = 0

    def verify(self) -> Verified:
        """All of it; raises DamagedInbox at the first receipt that does not stand."""
        sequence = 0
        try:
            while (further := self._walk(sequence)) != sequence:
                sequence = further
            self._check_whole(sequence)
        except StoreUnavailable as fault:
            if isinstance(fault.__cause__, apsw.CorruptError | UnicodeDecodeError):
                raise DamagedInbox(sequence=sequence + 1, what="the file itself is damaged") from fault
            raise
        return Verified(sequence, self._unopened)

    def _walk(self, sequence: int) -> int:
        with self._database.read() as connection:
            for row in connection.execute(_SQL["verify_receipts"], (sequence, _AT_ONCE)).fetchall():
                try:
                    self._check(connection, sequence + 1, row)
                except (TypeError, ValueError, OverflowError) as damage:
                    raise DamagedInbox(sequence=sequence + 1, what="a stored value is not of its type") from damage
                sequence += 1
        return sequence

    def _check(self, connection: apsw.Connection, expected: int, row: Row) -> None:
        *kept, digest, site, source, body_at = row
        sequence, door, identifier, _, control_id, received_at, receipt, _, holder = kept
        if sequence != expected:
            raise DamagedInbox(sequence=expected, what="the receipt is missing")
        if digest is not None and digest != receipt_digest(site, source, kept):
            raise DamagedInbox(sequence=expected, what="the receipt does not match its digest")
        if holder == sequence and body_at not in {None, received_at}:
            raise DamagedInbox(sequence=expected, what="its body was not received with it")
        if holder != sequence and connection.execute(_SQL["raw_of"], (holder,)).fetchone() != (identifier,):
            raise DamagedInbox(sequence=expected, what="the receipt that holds its body is another's")
        if receipt in {Receipt.STORED, Receipt.CONFLICT}:
            self._check_fingerprint(connection, (door, control_id, sequence), (source, identifier))
        if holder == sequence:
            self._check_body(connection, sequence)
        if receipt != Receipt.REFUSED:
            self._last[door] = received_at
        self._tally[site, Receipt(receipt).value] += 1

    def _check_fingerprint(self, connection: apsw.Connection, place: Row, told: tuple[str, str]) -> None:
        source, identifier = told
        found: Sequence[Row] = connection.execute(_SQL["fingerprints_of"], tuple(place)).fetchall()
        if [raw_id(source, place[1], sha256.hex()) for (sha256,) in found] != [identifier]:
            raise DamagedInbox(sequence=place[2], what="its fingerprint is missing or another's")

    def _check_body(self, connection: apsw.Connection, sequence: int) -> None:
        try:
            self._opened(connection, sequence)
        except NotFound:
            return  # past its retention
        except StoreUnavailable as damage:
            if damage.facts["store"] != INBOX:  # it names the key that is not here
                self._unopened += 1
                return
            raise DamagedInbox(sequence=sequence, what=str(damage.facts["what"])) from damage

    def _check_whole(self, last: int) -> None:
        """Nothing stands beside the receipts, the counters are theirs, and SQLite finds its own pages in order."""
        with self._database.read() as connection:
            stray = connection.execute(_SQL["strays"]).fetchone()
            told = Counter({(site, name): n for site, name, n in connection.execute(_SQL["all_tallies"])})
            lasts = set(connection.execute(_SQL["all_last"]))
            problems = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
        if stray is not None:
            raise DamagedInbox(sequence=last, what=f"{stray[0]} belongs to no receipt")
        if told != self._tally or lasts != set(self._last.items()):
            raise DamagedInbox(sequence=last, what="the counters are not those of the receipts")
        if problems != ["ok"]:
            raise DamagedInbox(sequence=last, what=f"the file is damaged ({problems[0]})")
