"""The port of the raw inbox: bytes as received, synced to disk before anybody is told so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

INTAKE = "intake"  # the consumer that reads raws into events; its offset in the log is a sequence of the inbox


class Receipt(StrEnum):
    """What the door may tell the sender once the bytes are safe."""

    STORED = "stored"
    DUPLICATE = "duplicate"  # same source, control id and bytes: acknowledge again, apply once
    CONFLICT = "conflict"  # same source and control id, other bytes: both kept, flagged
    REFUSED = "refused"  # never to be accepted; kept for people to look at


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Bytes at a door. `refusal` is the reason why they can never be accepted, if there is one."""

    site: str
    source: str
    listener: str
    control_id: str
    body: bytes
    received_at: datetime
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """Bytes in the inbox; `sequence` rises by one per receipt of the inbox."""

    id: str
    sequence: int
    arrival: Arrival
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Counts:
    """received = stored + duplicate + conflict + refused, always."""

    received: int
    stored: int
    duplicate: int
    conflict: int
    refused: int

    @property
    def acknowledged(self) -> int:
        """Receipts that were answered positively."""
        return self.stored + self.duplicate + self.conflict


class Inbox(Protocol):
    """A store of raw bytes. One conformance suite runs on every implementation."""

    def receive(self, arrivals: Sequence[Arrival]) -> list[Raw]:
        """Store arrivals in one synced commit and return their receipts in the same order."""
        ...

    def pending(self, site: str, *, after: int, limit: int = 1_000) -> list[Raw]:
        """Raws to be read into events (stored and conflicting ones) with sequence > after, in order."""
        ...

    def waiting(self, site: str, *, after: int) -> int:
        """How many raws `pending` would give from there on, however many they are."""
        ...

    def find(self, identifier: str) -> Raw:
        """The raw with this id, its bytes included; raises NotFound."""
        ...

    def refused(self, site: str, *, limit: int = 100) -> list[Raw]:
        """The last refused raws, newest first."""
        ...

    def counts(self, site: str) -> Counts:
        """How many receipts of each sort a site's doors have given."""
        ...

    def last_received(self, site: str) -> dict[str, datetime]:
        """The last receipt of each source, refused ones left out."""
        ...

    def prune(self, before: datetime, *, upto: int) -> int:
        """Let go of bodies received before an instant; returns how many went.

        `upto` is the sequence every site's worker has read: nothing behind it is pending. Fingerprints
        and receipts stay for ever, so a late duplicate is still known for one; `find` of a body that
        went raises NotFound.
        """
        ...
