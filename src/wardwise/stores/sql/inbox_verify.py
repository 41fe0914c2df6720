"""Verification of the raw inbox: every receipt, body, fingerprint and counter against one another."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from wardwise.errors import DamagedInbox, NotFound, StoreUnavailable
from wardwise.loop.capture.ids import raw_id
from wardwise.loop.capture.inbox import Raw, Receipt
from wardwise.stores.sql.session import Database, Row, Session, one

INBOX = "inbox"  # what a fault of the bytes themselves names as its store
_AT_ONCE = 500  # in one view, so that a long verification does not hold the database's own cleaning back

Open = Callable[[Session, int], Raw]


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
            if self._database.is_damage(fault):
                raise DamagedInbox(sequence=sequence + 1, what="the file itself is damaged") from fault
            raise
        return Verified(sequence, self._unopened)

    def _walk(self, sequence: int) -> int:
        with self._database.read() as session:
            for row in session.rows("verify_receipts", (sequence, _AT_ONCE)):
                try:
                    self._check(session, sequence + 1, row)
                except (TypeError, ValueError, OverflowError) as damage:
                    raise DamagedInbox(sequence=sequence + 1, what="a stored value is not of its type") from damage
                sequence += 1
        return sequence

    def _check(self, session: Session, expected: int, row: Row) -> None:
        *kept, digest, site, source, body_at = row
        sequence, door, identifier, _, control_id, received_at, receipt, _, holder = kept
        if sequence != expected:
            raise DamagedInbox(sequence=expected, what="the receipt is missing")
        if digest is not None and digest != receipt_digest(site, source, tuple(kept)):
            raise DamagedInbox(sequence=expected, what="the receipt does not match its digest")
        if holder == sequence and body_at not in {None, received_at}:
            raise DamagedInbox(sequence=expected, what="its body was not received with it")
        if holder != sequence and one(session, "raw_of", holder) != identifier:
            raise DamagedInbox(sequence=expected, what="the receipt that holds its body is another's")
        if receipt in {Receipt.STORED, Receipt.CONFLICT}:
            self._check_fingerprint(session, (door, control_id, sequence), (source, identifier))
        if holder == sequence:
            self._check_body(session, sequence)
        if receipt != Receipt.REFUSED:
            self._last[door] = received_at
        self._tally[site, Receipt(receipt).value] += 1

    def _check_fingerprint(self, session: Session, place: Row, told: tuple[str, str]) -> None:
        source, identifier = told
        found = session.rows("fingerprints_of", place)
        if [raw_id(source, place[1], sha256.hex()) for (sha256,) in found] != [identifier]:
            raise DamagedInbox(sequence=place[2], what="its fingerprint is missing or another's")

    def _check_body(self, session: Session, sequence: int) -> None:
        try:
            self._opened(session, sequence)
        except NotFound:
            return  # past its retention
        except StoreUnavailable as damage:
            if damage.facts["store"] != INBOX:  # it names the key that is not here
                self._unopened += 1
                return
            raise DamagedInbox(sequence=sequence, what=str(damage.facts["what"])) from damage

    def _check_whole(self, last: int) -> None:
        """Nothing stands beside the receipts, the counters are theirs, the database's own check finds nothing."""
        with self._database.read() as session:
            stray = one(session, "strays")
            told = Counter({(site, name): n for site, name, n in session.rows("all_tallies")})
            lasts = set(session.rows("all_last"))
        problem = self._database.problem()
        if stray is not None:
            raise DamagedInbox(sequence=last, what=f"{stray} belongs to no receipt")
        if told != self._tally or lasts != set(self._last.items()):
            raise DamagedInbox(sequence=last, what="the counters are not those of the receipts")
        if problem:
            raise DamagedInbox(sequence=last, what=f"the file is damaged ({problem})")
