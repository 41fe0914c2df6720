"""The event log in memory: what every other log is compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from wardwise.errors import BrokenChain, NotFound, StaleWriter
from wardwise.loop.capture.chain import leaf, link, merkle_root
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.log import EVERYTHING, Batch, Disposition, Head, Lease, Outcome, Selection
from wardwise.loop.capture.record import decode
from wardwise.stores.seal import EMPTY, check_all, fresh, seal


@dataclass(slots=True)
class _Site:
    token: int = 0
    records: list[bytes] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)
    dispositions: dict[str, Disposition] = field(default_factory=dict)
    offsets: dict[str, int] = field(default_factory=dict)


class MemoryLog:
    """`Log` in dictionaries; one process, gone with it. Everything is a scan."""

    def __init__(self) -> None:
        """An empty log."""
        self._sites: dict[str, _Site] = {}

    def close(self) -> None:
        """Nothing to close."""

    def sites(self) -> list[str]:
        """The sites this log holds, in order of name."""
        return sorted(self._sites)

    def lease(self, site: str, holder: str) -> Lease:  # noqa: ARG002 (one process: nobody asks who)
        """Take over the writing of a site; every earlier lease of it is void from now on."""
        stored = self._sites.setdefault(site, _Site())
        stored.token += 1
        return Lease(site, stored.token)

    def append(self, lease: Lease, batch: Batch, now: datetime) -> list[Event]:
        """Commit a batch; nothing is kept of a batch that is refused."""
        check_all(batch.drafts)
        stored = self._of(lease.site)
        if lease.token != stored.token or not stored.token:
            raise StaleWriter(token=lease.token, site=lease.site, current=stored.token)
        added: list[Event] = []
        if drafts := fresh(batch.drafts, {event.id for event in stored.events}):
            sealed = seal(drafts, site=lease.site, head=_head(stored), now=now)
            stored.records.extend(sealed.records)
            stored.heads.append(sealed.head)
            added = [decode(record) for record in sealed.records]
            stored.events.extend(added)
        stored.dispositions.update({item.raw: item for item in batch.dispositions})
        stored.offsets.update(batch.offsets)
        return added

    def head(self, site: str) -> Head:
        """The last committed position of a site."""
        return _head(self._of(site))

    def read(
        self,
        site: str,
        *,
        after: int = 0,
        upto: int | None = None,
        where: Selection = EVERYTHING,
        limit: int = 10_000,
    ) -> list[Event]:
        """Events with after < position <= upto in order of position, at most `limit`."""
        events = self._of(site).events
        last = len(events) if upto is None else upto
        span = events[max(after, 0) : max(last, 0)]
        return [event for event in span if _names(where, event)][: max(limit, 0)]

    def find(self, site: str, identifier: str) -> Event:
        """The event with this id or unique beginning of an id; raises NotFound."""
        found = [event for event in self._of(site).events if identifier and event.id.startswith(identifier)]
        exact = [event for event in found if event.id == identifier]
        if len(exact or found) != 1:
            raise NotFound(id=identifier)
        return (exact or found)[0]

    def caused(self, site: str, identifier: str) -> list[Event]:
        """Events that name this id among their causes, in order of position."""
        return [event for event in self._of(site).events if identifier in event.caused_by]

    def offset(self, site: str, consumer: str) -> int:
        """How far a consumer has committed; 0 when it never did."""
        return self._of(site).offsets.get(consumer, 0)

    def place(self, site: str, reader: str) -> int | None:
        """The position a reader has dealt with up to; None where it has kept none."""
        return self._of(site).offsets.get(reader)

    def move(self, site: str, reader: str, *, was: int | None, to: int) -> bool:
        """Keep a place; False, and nothing kept, where it is not `was` now or the log has no such site."""
        if site not in self._sites or self.place(site, reader) != was:
            return False
        self._sites[site].offsets[reader] = to
        return True

    def disposition(self, site: str, raw: str) -> Disposition | None:
        """What became of a raw message; None while it is pending."""
        return self._of(site).dispositions.get(raw)

    def dispositions(self, site: str) -> Mapping[Outcome, int]:
        """How many raws came to each outcome; every outcome is named."""
        items = self._of(site).dispositions.values()
        return {outcome: sum(item.outcome is outcome for item in items) for outcome in Outcome}

    def verify(self, site: str, *, exported: Head | None = None) -> Head:
        """Recompute every digest and link; raises BrokenChain naming the first bad position."""
        stored = self._of(site)
        head = EMPTY
        for told in stored.heads:
            records = stored.records[head.position : told.position]
            _compare(site, head, told, records)
            head = told
        if len(stored.records) != head.position:
            raise BrokenChain(site=site, position=head.position + 1, what="a record stands outside the chain")
        if exported is not None and exported.position and exported not in stored.heads:
            what = "the chain does not pass through the exported head"
            raise BrokenChain(site=site, position=min(exported.position, head.position + 1), what=what)
        return head

    def _of(self, site: str) -> _Site:
        return self._sites.get(site, _Site())


def _head(stored: _Site) -> Head:
    return stored.heads[-1] if stored.heads else EMPTY


def _compare(site: str, before: Head, told: Head, records: Sequence[bytes]) -> None:
    chain = link(bytes.fromhex(before.chain), merkle_root([leaf(record) for record in records]))
    if chain.hex() != told.chain:
        raise BrokenChain(site=site, position=before.position + 1, what="the batch does not match its link")


def _names(where: Selection, event: Event) -> bool:
    return (
        (where.kinds is None or event.kind in where.kinds)
        and (where.encounter is None or event.about.encounter == where.encounter)
        and (where.patient is None or event.about.patient == where.patient)
        and (where.occurred_from is None or event.occurred_at >= where.occurred_from)
    )
