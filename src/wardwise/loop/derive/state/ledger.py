"""The ledger of a view's site: opened from its newest good snapshot and the log after it, or from the log alone."""

from collections.abc import Iterator

from wardwise.loop.capture.event import Event
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import EVERYTHING, Selection
from wardwise.loop.derive.fold import evidence
from wardwise.loop.derive.fold.keeping import read, written
from wardwise.loop.derive.fold.ledger import FACTS, SLACK, Ledger, Recall
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View

NAME = "ledger"
_WHOLE = "whole ledger"


def ledger_of(view: View) -> Ledger:
    """The ledger that can answer for a view's instant; one that lies far back is folded from the whole log."""
    near = view.history.follow(NAME, opened)
    if near.floor is None or view.instant.at >= near.floor:
        return near
    whole = view.history.follow(_WHOLE, _whole)
    if whole.floor is not None and view.instant.at < whole.floor:
        return view.history.follow(_WHOLE, _whole, anew=True)
    return whole


def opened(history: History) -> Ledger:
    """A ledger up to a history's position."""
    ledger = _kept(history) or _from_the_log(history)
    for event in history.read(EVERYTHING, after=ledger.position):
        ledger.add(event)
    return ledger


def keep(history: History) -> int:
    """Write a snapshot of the history's ledger where the history keeps such; returns its position."""
    ledger = history.follow(NAME, opened)
    if history.snapshots is not None and ledger.position:
        history.snapshots.put(NAME, ledger.position, written(ledger, _event_at(history, ledger.position)))
    return ledger.position


def _kept(history: History) -> Ledger | None:
    for position, data in history.snapshots.newest(NAME) if history.snapshots is not None else ():
        if position <= history.position:
            found = read(data, _event_at(history, position), _recall(history))
            if found is not None:
                return found
    return None


def _from_the_log(history: History) -> Ledger:
    ledger = _whole(history, recent=True)
    if history.since is not None:
        ledger.forget(Instant(max(history.since, history.recorded_at), history.position))
    return ledger


def _whole(history: History, *, recent: bool = False) -> Ledger:
    ledger = Ledger(_recall(history))
    for event in history.read(Selection(kinds=FACTS)):
        ledger.add(event)
    since = history.since - SLACK - evidence.LASTS if recent and history.since is not None else None
    for event in history.read(Selection(kinds=frozenset({evidence.KIND}), occurred_from=since)):
        ledger.add(event)
    ledger.position = history.position
    return ledger


def _recall(history: History) -> Recall:
    def recall(where: Selection, upto: int) -> Iterator[Event]:
        return history.read(where, upto=upto)

    return recall


def _event_at(history: History, position: int) -> Event:
    return next(history.read(EVERYTHING, after=position - 1, upto=position))
