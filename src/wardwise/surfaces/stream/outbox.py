"""The outbox of one stream: the log itself, read on from a place that is kept, and nothing beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from wardwise.errors import Unanswered
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.log import Selection
from wardwise.loop.capture.places import Followed, publishing
from wardwise.sites.publish import Begin, Publish

_PAGE = 100  # so many are published again at most when the process is killed
_SKIPPED_UNKEPT = 1_000  # positions of other kinds, which cost little to skip again


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that may go out, and the mode of what it belongs to; None where it must stay, which is passed by."""

    event: Event
    mode: str | None


@dataclass(slots=True)
class Outbox:
    """`mode` says in which mode an event went out, None: it may not be published."""

    log: Followed
    site: str
    publish: Publish
    mode: Callable[[Event], str | None]
    _kept: int | None = None
    _passed: int = 0
    _kinds: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._kinds = frozenset(kind.value for kind in self.publish.kinds)

    def page(self) -> Sequence[Waiting]:
        """What waits next, in the order of the log; nothing when all has been dealt with. Raises StoreUnavailable."""
        head = self.log.head(self.site).position
        if not self._begun(head) or head <= self._passed:
            return ()
        where = Selection(kinds=self._kinds)
        events = self.log.read(self.site, after=self._passed, upto=head, where=where, limit=_PAGE)
        if not events:
            self._passed = head
        return [Waiting(event, self.mode(event)) for event in events]

    def passed(self, event: Event) -> None:
        """This one is dealt with, and so is all before it."""
        self._passed = event.position

    def keep(self, *, all_of_it: bool) -> None:
        """Keep the place durably; of what was only skipped a little may be left unkept.

        Raises Unanswered where somebody else has moved it: their place counts, and is taken up again.
        """
        was = self._kept
        if was is None or self._passed == was or not (all_of_it or self._passed - was >= _SKIPPED_UNKEPT):
            return
        if not self.log.move(self.site, publishing(self.publish.name), was=was, to=self._passed):
            self._kept = None
            raise Unanswered(what="its place", why="another process publishes to this stream")
        self._kept = self._passed

    def _begun(self, head: int) -> bool:
        """Take up the place that is kept, or keep the first one; False while the log does not know the site."""
        if self._kept is not None:
            return True
        reader = publishing(self.publish.name)
        self._kept = self.log.place(self.site, reader)
        if self._kept is None:
            first = head if self.publish.begin is Begin.NOW else 0
            if not self.log.move(self.site, reader, was=None, to=first):
                return False
            self._kept = first
        self._passed = self._kept
        return True
