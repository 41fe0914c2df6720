"""A book: the facts of one projection by key, in the total order, and what they come to at an instant."""

from bisect import insort
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Generic

from wardwise.hospital.moment import micros
from wardwise.loop.capture.instant import Instant
from wardwise.loop.derive.fold.fact import Edge, Fact, sees
from wardwise.loop.derive.fold.projection import Projection, T

_BY_ORDER = attrgetter("order")
OWN = "wardwise/"
_FOREVER = datetime.max.replace(tzinfo=UTC)


class Replaced:
    """Which events later ones replace, and from where on each replacement is visible."""

    def __init__(self) -> None:
        """Nothing is replaced."""
        self._by: dict[str, list[tuple[int, int]]] = {}
        self.edge = Edge()

    def add(self, replaced: str, position: int, known: int) -> None:
        """An event at a position, known at an instant in microseconds, replaces this one."""
        self._by.setdefault(replaced, []).append((position, known))
        self.edge = Edge(max(self.edge.position, position), max(self.edge.known, known))

    def hides(self, identifier: str, instant: Instant) -> bool:
        """Whether an event is replaced as seen from an instant."""
        by = self._by.get(identifier, ())
        return any(position <= instant.position and known <= micros(instant.at) for position, known in by)

    def rows(self) -> list[list[object]]:
        """Everything that is known of replacements, for a snapshot."""
        return [[replaced, *by] for replaced, each in sorted(self._by.items()) for by in sorted(each)]


class Book(Generic[T]):
    """Facts come in any order. What a key's facts fold into is kept until one of them is new."""

    def __init__(self, projection: Projection[T], replaced: Replaced) -> None:
        """An empty book."""
        self.projection = projection
        self.version = 0
        self.edge = Edge()
        self.causes: set[str] = set()  # the facts that something of wardwise's own rests on
        self._replaced = replaced
        self._facts: dict[str, list[Fact]] = {}
        self._edges: dict[str, Edge] = {}
        self._folded: dict[str, T] = {}
        self._folded_then: dict[str, tuple[list[Fact], T]] = {}  # as an earlier instant sees it
        self._last: tuple[tuple[int, datetime], datetime, dict[str, T]] | None = None

    def __contains__(self, key: str) -> bool:
        """Whether any fact of a key is here."""
        return key in self._facts

    def add(self, key: str, fact: Fact) -> None:
        """Take a fact over."""
        insort(self._facts.setdefault(key, []), fact, key=_BY_ORDER)
        self._edges[key] = self._edges.get(key, Edge()).past(fact)
        self.edge = self.edge.past(fact)
        if fact.cause is not None and fact.source.startswith(OWN):
            self.causes.add(fact.cause)
        self._folded.pop(key, None)
        self.version += 1
        self._last = None

    def unfold(self) -> None:
        """Fold everything anew when it is next asked for: something was replaced."""
        self._folded.clear()
        self.version += 1
        self._last = None

    def facts(self, keys: Iterable[str], instant: Instant) -> list[Fact]:
        """The visible facts of these keys together, in the total order."""
        found = [fact for key in keys for fact in self._facts.get(key, ()) if self._visible(fact, instant)]
        return sorted(found, key=_BY_ORDER)

    def at(self, instant: Instant) -> dict[str, T]:
        """The state of every key at an instant, those that have left by then not among them. Not to be changed."""
        whole = self.whole(instant)
        if whole and self._last is not None:
            (version, since), until, kept = self._last
            if version == self.version and since <= instant.at < until:
                return kept
        found: dict[str, T] = {}
        until = _FOREVER
        for key, state in self._each(instant):
            leaves = self.projection.leaves(state)
            if leaves is None or leaves > instant.at:
                found[key] = state
                until = min(until, leaves or until)
        if whole:
            self._last = ((self.version, instant.at), until, found)
        return found

    def whole(self, instant: Instant) -> bool:
        """Whether an instant sees every fact and every replacement there is."""
        position, known = instant.position, micros(instant.at)
        return self.edge.within(position, known) and self._replaced.edge.within(position, known)

    def keep(self, keys: Collection[str]) -> None:
        """Let go of every key but these."""
        for key in self._facts.keys() - set(keys):
            self.drop(key)

    def drop(self, key: str) -> None:
        """Let go of a key, where it is here."""
        if self._facts.pop(key, None) is not None:
            del self._edges[key]
            self._folded.pop(key, None)
            self._folded_then.pop(key, None)
            self._last = None

    def trim(self, before: int) -> None:
        """Of what each source said of a key up to a time in microseconds, keep the last."""
        self._folded_then.clear()
        for key, facts in self._facts.items():
            last = {fact.source: fact.id for fact in facts if fact.order[0] <= before}
            self._facts[key] = [fact for fact in facts if fact.order[0] > before or fact.id == last[fact.source]]

    def alive(self, instant: Instant, at: datetime) -> dict[str, T]:
        """The state of every key at an instant that has not left before a time."""
        each = ((key, state, self.projection.leaves(state)) for key, state in self._each(instant))
        return {key: state for key, state, leaves in each if leaves is None or leaves > at}

    def every(self) -> Iterator[Fact]:
        """All facts, in order of key and then the total order."""
        for key in sorted(self._facts):
            yield from self._facts[key]

    def _each(self, instant: Instant) -> Iterator[tuple[str, T]]:
        position, known = instant.position, micros(instant.at)
        calm = self._replaced.edge.within(position, known)
        for key, edge in self._edges.items():
            if calm and edge.within(position, known):
                if key not in self._folded:
                    visible: Sequence[Fact] = self.facts((key,), instant)
                    if not visible:
                        continue
                    self._folded[key] = self.projection.fold(key, visible)
                yield key, self._folded[key]
            elif visible := self.facts((key,), instant):
                yield key, self._then(key, visible)

    def _then(self, key: str, visible: list[Fact]) -> T:
        kept = self._folded_then.get(key)
        if kept is None or kept[0] != visible:
            kept = self._folded_then[key] = visible, self.projection.fold(key, visible)
        return kept[1]

    def _visible(self, fact: Fact, instant: Instant) -> bool:
        if not sees(instant, fact) or self._replaced.hides(fact.id, instant):
            return False
        # What wardwise concluded goes with the fact that it rests on.
        concluded = fact.cause is not None and fact.source.startswith(OWN)
        return not (concluded and self._replaced.hides(str(fact.cause), instant))
