"""The raw inbox in memory: what every other inbox is compared with."""

from collections.abc import Sequence
from datetime import datetime

from wardwise.errors import NotFound
from wardwise.loop.capture.canonical import digest
from wardwise.loop.capture.ids import raw_id
from wardwise.loop.capture.inbox import Arrival, Counts, Raw, Receipt

_READABLE = (Receipt.STORED, Receipt.CONFLICT)


class MemoryInbox:
    """`Inbox` in a list; one process, gone with it. Everything is a scan."""

    def __init__(self) -> None:
        """An empty inbox."""
        self._raws: list[Raw] = []
        self._holders: dict[int, int] = {}  # of each receipt, the receipt whose body it shares
        self._pruned: set[int] = set()

    def close(self) -> None:
        """Nothing to close."""

    def receive(self, arrivals: Sequence[Arrival]) -> list[Raw]:
        """Keep arrivals and return their receipts in the same order."""
        raws = []
        for arrival in arrivals:
            identifier = raw_id(arrival.source, arrival.control_id, digest(arrival.body))
            receipt = self._recognise(arrival)
            raw = Raw(id=identifier, sequence=len(self._raws) + 1, arrival=arrival, receipt=receipt)
            self._holders[raw.sequence] = self._shared(raw)
            self._raws.append(raw)
            raws.append(raw)
        return raws

    def pending(self, site: str, *, after: int, limit: int = 1_000) -> list[Raw]:
        """Raws to be read into events (stored and conflicting ones) with sequence > after, in order."""
        found = [raw for raw in self._of(site) if raw.receipt in _READABLE and raw.sequence > after]
        return [raw for raw in found if self._holders[raw.sequence] not in self._pruned][: max(limit, 0)]

    def waiting(self, site: str, *, after: int) -> int:
        """How many raws there are to be read with sequence > after, pruned ones included."""
        return sum(raw.receipt in _READABLE and raw.sequence > after for raw in self._of(site))

    def find(self, identifier: str) -> Raw:
        """The raw with this id, its bytes included; raises NotFound, also when its body was pruned."""
        found = [raw for raw in self._raws if raw.id == identifier]
        found.sort(key=lambda raw: (raw.receipt is Receipt.REFUSED, raw.sequence))
        if not found or self._holders[found[0].sequence] in self._pruned:
            raise NotFound(id=identifier)
        return found[0]

    def refused(self, site: str, *, limit: int = 100) -> list[Raw]:
        """The last refused raws whose bodies are still kept, newest first."""
        found = [raw for raw in self._of(site) if raw.receipt is Receipt.REFUSED]
        kept = [raw for raw in found if self._holders[raw.sequence] not in self._pruned]
        return kept[::-1][: max(limit, 0)]

    def counts(self, site: str) -> Counts:
        """How many receipts of each sort a site's doors have given."""
        given = [raw.receipt for raw in self._of(site)]
        return Counts(received=len(given), **{receipt.value: given.count(receipt) for receipt in Receipt})

    def last_received(self, site: str) -> dict[str, datetime]:
        """The last receipt of each source, refused ones left out."""
        accepted = [raw.arrival for raw in self._of(site) if raw.receipt is not Receipt.REFUSED]
        return {arrival.source: arrival.received_at for arrival in accepted}

    def prune(self, before: datetime, *, upto: int) -> int:
        """Let go of bodies received before an instant with sequence <= upto; returns how many went."""
        old = [raw for raw in self._raws if raw.arrival.received_at < before and raw.sequence <= upto]
        going = {raw.sequence for raw in old if self._holders[raw.sequence] == raw.sequence} - self._pruned
        self._pruned |= going
        return len(going)

    def _of(self, site: str) -> list[Raw]:
        return [raw for raw in self._raws if raw.arrival.site == site]

    def _shared(self, raw: Raw) -> int:
        """A duplicate shares the first body; a repeated refusal shares an earlier one that is still there."""
        earlier = [other for other in self._of(raw.arrival.site) if other.id == raw.id]
        if raw.receipt is Receipt.DUPLICATE:
            return next(other.sequence for other in earlier if other.receipt in _READABLE)
        if raw.receipt is Receipt.REFUSED:
            bodies = [self._holders[other.sequence] for other in earlier if other.receipt is Receipt.REFUSED]
            return next((body for body in bodies if body not in self._pruned), raw.sequence)
        return raw.sequence

    def _recognise(self, arrival: Arrival) -> Receipt:
        if arrival.refusal:
            return Receipt.REFUSED
        earlier = [
            raw.arrival
            for raw in self._of(arrival.site)
            if raw.receipt in _READABLE
            and (raw.arrival.source, raw.arrival.control_id) == (arrival.source, arrival.control_id)
        ]
        if any(known.body == arrival.body for known in earlier):
            return Receipt.DUPLICATE
        return Receipt.CONFLICT if arrival.control_id and earlier else Receipt.STORED
