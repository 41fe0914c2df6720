"""A group of arrivals on its way into the tables: what each is, decided in order, and the rows they come to."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from wardwise.hospital.moment import micros
from wardwise.loop.capture.ids import raw_id
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.stores.envelope import Envelope
from wardwise.stores.postgres.session import PostgresSession
from wardwise.stores.postgres.texts import escape
from wardwise.stores.sql.inbox import bound
from wardwise.stores.sql.inbox_verify import receipt_digest
from wardwise.stores.sql.session import Row

Doors = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Recognised:
    """An arrival and what the tables knew of it before its group: who holds the same bytes, and for a message that
    may be accepted whether its control id is taken.
    """

    arrival: Arrival
    door: int
    sha256: bytes
    control: bytes
    holder: int | None = None
    taken: bool = False

    @property
    def id(self) -> str:
        """The raw's id."""
        return raw_id(self.arrival.source, self.arrival.control_id, self.sha256.hex())


def unseen(arrivals: Sequence[Arrival], doors: Doors) -> list[Recognised]:
    """Arrivals of which the tables know nothing."""
    return [
        Recognised(
            arrival,
            doors[arrival.site, arrival.source],
            _sha256(arrival.body),
            _sha256(escape(arrival.control_id).encode()),
        )
        for arrival in arrivals
    ]


def recognising(session: PostgresSession, told: Sequence[Recognised]) -> Callable[[], Iterator[Recognised]]:
    """Ask what the tables know of each, one question for those that may be accepted, one for the refused; the answers
    are waited for when they are called for.
    """
    fresh = [one for one in told if not one.arrival.refusal]
    refused = [one for one in told if one.arrival.refusal]
    columns = ([one.door for one in fresh], [one.control for one in fresh], [one.sha256 for one in fresh])
    known = session.asked("recognise", columns) if fresh else list
    before = session.asked("refused_before", ([o.id for o in refused], [o.door for o in refused])) if refused else list

    def answered() -> Iterator[Recognised]:
        accepted, sent_back = iter(known()), iter(before())
        for one in told:
            holder, taken = (*next(sent_back), False) if one.arrival.refusal else next(accepted)
            yield replace(one, holder=holder, taken=taken)

    return answered


@dataclass(slots=True)
class Keeping:
    """Receipts given one after the other, from `first` on, and the rows that keep them."""

    envelope: Envelope
    first: int
    raws: list[Raw] = field(default_factory=list)
    _receipts: list[Row] = field(default_factory=list)
    _bodies: list[Row] = field(default_factory=list)
    _fingerprints: list[Row] = field(default_factory=list)
    _tally: Counter[tuple[str, str]] = field(default_factory=Counter)
    _heard: dict[int, int] = field(default_factory=dict)
    _held: dict[tuple[object, ...], int] = field(default_factory=dict)
    _taken: set[tuple[int, bytes]] = field(default_factory=set)

    def add(self, told: Recognised) -> None:
        """Give an arrival its receipt; those before it in the group count as if they were in the tables."""
        sequence = self.first + len(self.raws)
        arrival, at = told.arrival, micros(told.arrival.received_at)
        receipt, holder = self._judge(told, sequence)
        if holder == sequence:
            key, kept = self.envelope.seal(arrival.body, bound(arrival.site, told.id, sequence))
            self._bodies.append((sequence, at, kept, key))
        self._receipts.append(_row(told, sequence, receipt, holder))
        self._tally[arrival.site, receipt.value] += 1
        if receipt is not Receipt.REFUSED:
            self._heard[told.door] = at
        self.raws.append(Raw(id=told.id, sequence=sequence, arrival=arrival, receipt=receipt))

    @property
    def columns(self) -> list[list[object]]:
        """What the statements `keep` and `store` are bound to: the columns of all rows, a table after the other."""
        counted = [(site, receipt, by) for (site, receipt), by in sorted(self._tally.items())]
        tables = (
            (self._receipts, 10),
            (self._bodies, 4),
            (self._fingerprints, 4),
            (counted, 3),
            (sorted(self._heard.items()), 2),
        )
        return [column for rows, width in tables for column in _columns(rows, width)]

    def _judge(self, told: Recognised, sequence: int) -> tuple[Receipt, int]:
        """What an arrival is, and the receipt whose body it shares, which is its own when the bytes are new."""
        refused = bool(told.arrival.refusal)
        same = (refused, told.door, told.control, told.sha256)
        holder = told.holder if told.holder is not None else self._held.get(same)
        self._held.setdefault(same, sequence)
        if refused:
            return Receipt.REFUSED, holder or sequence
        if holder is not None:
            return Receipt.DUPLICATE, holder
        conflict = told.arrival.control_id and (told.taken or (told.door, told.control) in self._taken)
        self._taken.add((told.door, told.control))
        self._fingerprints.append((told.door, told.control, told.sha256, sequence))
        return Receipt.CONFLICT if conflict else Receipt.STORED, sequence


def _row(told: Recognised, sequence: int, receipt: Receipt, holder: int) -> Row:
    arrival = told.arrival
    row = (
        sequence,
        told.door,
        told.id,
        arrival.listener,
        arrival.control_id,
        micros(arrival.received_at),
        receipt.value,
        arrival.refusal,
        holder,
    )
    return (*row, receipt_digest(arrival.site, arrival.source, row))


def _columns(rows: Sequence[Row], width: int) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
