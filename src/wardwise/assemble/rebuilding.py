"""Rebuild a site's events and its state from its raws, in memory, and compare with what the log holds."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace

from wardwise.assemble.looking import head_view
from wardwise.assemble.site import configuration_in_use
from wardwise.assemble.stores import Stores
from wardwise.feeds.readers import readers
from wardwise.feeds.rebuild import Rebuilt, rebuild
from wardwise.loop.capture.event import Draft, Event
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.log import Head, Selection
from wardwise.loop.derive.fold.ledger import FACTS, Ledger
from wardwise.loop.derive.history import History
from wardwise.loop.derive.state import ledger
from wardwise.loop.derive.state.digest import state_digests
from wardwise.rehearse.replay.decisions import Configuration

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class States:
    """Hashes of every projection at the head: as a service has it now, and folded from the raws read again."""

    live: dict[str, str]
    rebuilt: dict[str, str]

    @property
    def same(self) -> bool:
        """Whether both are one state."""
        return self.live == self.rebuilt


def rebuild_site(
    stores: Stores, site: str, *, progress: Progress, verify: bool = False
) -> tuple[Rebuilt, States | None]:
    """Read every raw of a site again through the configuration now in use.

    With `verify` also the state that the facts read again come to, against the state that the service has.
    """
    setting = configuration_in_use(stores, site)
    if not verify:
        return _read_again(stores, site, setting, progress=progress), None
    head = stores.log.head(site)
    again = _Again(head, site)
    found = _read_again(stores, site, setting, progress=progress, take=again.take)
    history = History(stores.log, site)
    for event in history.read(Selection(kinds=FACTS)):
        if event.raw is None or event.raw not in again.raws:  # nothing to be read again: concluded here, or pruned
            again.ledger.add(event)
    history.follow(ledger.NAME, lambda _: again.ledger)
    live = head_view(stores, site)
    return found, States(state_digests(live), state_digests(replace(live, history=history, _kept={})))


@dataclass(slots=True)
class _Again:
    """A ledger of facts read again. Where they stand in the log is nothing to the state, so all stand at its head."""

    head: Head
    site: str
    ledger: Ledger = field(default_factory=lambda: Ledger(lambda _where, _upto: ()))
    raws: set[str] = field(default_factory=set)

    def take(self, raw: Raw, facts: Sequence[Draft]) -> None:
        """Enter the facts of one raw."""
        self.raws.add(raw.id)
        for fact in facts:
            if fact.kind in FACTS:
                self.ledger.add(self._event(fact))

    def _event(self, fact: Draft) -> Event:
        told = {name: getattr(fact, name) for name in Draft.__dataclass_fields__}
        told["known_at"] = fact.known_at or self.head.recorded_at
        return Event(**told, site=self.site, position=self.head.position, recorded_at=self.head.recorded_at)


def figures(found: Rebuilt, states: States | None) -> dict[str, object]:
    """The result for machines."""
    if states is None:
        return found.figures()
    return {**found.figures(), "state": states.rebuilt["state"], "state_identical": states.same, **asdict(states)}


def _read_again(
    stores: Stores,
    site: str,
    setting: Configuration,
    *,
    progress: Progress,
    take: Callable[[Raw, Sequence[Draft]], None] = lambda _raw, _facts: None,
) -> Rebuilt:
    found = readers(setting.folder, token_key=stores.keys.token, log=stores.log)
    return rebuild(stores.inbox, stores.log, site, readers=found, progress=progress, take=take)
