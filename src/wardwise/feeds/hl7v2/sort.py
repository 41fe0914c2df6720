"""What sort of message one is, by its header, and what is to be done with messages of that sort."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from wardwise.feeds.hl7v2.place import Seen, place_of
from wardwise.feeds.hl7v2.separators import USUAL
from wardwise.sites.hl7_mapping import Match

T = TypeVar("T")

_TYPE = place_of("MSH-9.1")
_TRIGGER = place_of("MSH-9.2")
_EVENT = place_of("EVN-1")
_APPLICATION = place_of("MSH-3")
_FACILITY = place_of("MSH-4")
_REMEMBERED = 256
_LONGEST_REMEMBERED = 80  # characters: a hostile header is not kept in memory


class Told(NamedTuple):
    """What a message's header says of its sort; the trigger is EVN-1 where MSH-9.2 is empty."""

    type: str
    trigger: str
    application: str
    facility: str

    @classmethod
    def of(cls, seen: Seen) -> "Told":
        """The sort of a whole message."""
        return cls(_TYPE(seen), _TRIGGER(seen) or _EVENT(seen), _APPLICATION(seen), _FACILITY(seen))

    def fits(self, match: Match) -> bool:
        """Whether a rule's `match` is for messages of this sort."""
        if match.type != self.type or (match.trigger and self.trigger not in match.trigger):
            return False
        sender = match.sender
        return sender is None or (sender.application == self.application and sender.facility in {None, self.facility})


class Choices(Generic[T]):
    """A choice made by the sort of a message; remembered by the fields as sent, for a source sends few sorts."""

    def __init__(self, choose: Callable[[Told], T]) -> None:
        """`choose` gives the same for the same sort."""
        self._choose = choose
        self._known: dict[tuple[str, ...], T] = {}

    def of(self, seen: Seen) -> T:
        """The choice for a whole message."""
        header = seen.cells[b"MSH"]
        if not seen.plain or seen.scope.separators is not USUAL or len(header) <= 9:
            return self._choose(Told.of(seen))
        sent = header[3], header[4], header[9], *seen.cells[b"EVN"][1:2]
        chosen = self._known.get(sent)
        if chosen is None:
            chosen = self._choose(Told.of(seen))
            if sum(map(len, sent)) <= _LONGEST_REMEMBERED:
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                self._known[sent] = chosen
        return chosen
