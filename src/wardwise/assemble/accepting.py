"""The new normal without a browser: drifts that stand in a data folder, and a word on one stored in its inbox."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wardwise.assemble.handing_in import hand_in, refuse_other_roles
from wardwise.assemble.looking import head_view
from wardwise.assemble.stores import DOOR, READ_ONLY, open_stores
from wardwise.errors import NotRunnable
from wardwise.loop.derive.state.acceptances import Acceptance, accepted
from wardwise.loop.derive.state.breaches import Breach, breaches
from wardwise.loop.derive.view import View
from wardwise.sites.watch import AcceptReason


@dataclass(frozen=True, slots=True)
class Drifts:
    """The drifts that stand, and those that were taken for the new normal."""

    standing: tuple[Breach, ...]
    accepted: tuple[Acceptance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What is said of a finding; the beginning of its id is enough. `undo` takes an acceptance back."""

    finding: str
    reason: str
    role: str
    actor: str
    undo: bool


def drifts(data: Path) -> Drifts:
    """The drifts of the sites in a data folder."""
    standing: list[Breach] = []
    normal: list[Acceptance] = []
    with open_stores(data, READ_ONLY) as stores:
        for site in stores.log.sites():
            view = head_view(stores, site)
            standing += _standing(view)
            normal += accepted(view)
    return Drifts(tuple(standing), tuple(normal))


def speak(data: Path, word: Word, now: datetime) -> str:
    """Store a word on a drift for the worker to read; returns the finding's id. Raises NotRunnable where none fits."""
    if not word.undo and word.reason not in {each.value for each in AcceptReason}:
        raise _refused("it gives no reason of the list", f"One of: {', '.join(AcceptReason)}.")
    with open_stores(data, DOOR) as stores:
        for site in stores.log.sites():
            view = head_view(stores, site)
            for feed, finding in _choices(view, undo=word.undo):
                if finding.startswith(word.finding):
                    refuse_other_roles(view.folder.contracts[feed], word.role)
                    body = {"breach": finding, "state": "withdrawn" if word.undo else "accepted"}
                    hand_in(stores, view, body | {"reason": word.reason, "role": word.role, "actor": word.actor}, now)
                    return finding
    what = "acceptance" if word.undo else "drift"
    raise _refused(f"no {what} stands whose id begins with {word.finding}", "`wardwise contract accept` lists them.")


def _choices(view: View, *, undo: bool) -> list[tuple[str, str]]:
    """Feed and finding of what can be taken back, or accepted."""
    found = [(each.feed, each.breach) for each in accepted(view)] if undo else []
    found += [] if undo else [(each.feed, each.id) for each in _standing(view)]
    return [(feed, finding) for feed, finding in found if feed in view.folder.contracts]


def _standing(view: View) -> tuple[Breach, ...]:
    return tuple(breach for breach in breaches(view) if breach.is_drift)


def _refused(why: str, remedy: str) -> NotRunnable:
    return NotRunnable(what="contract accept", why=why, remedy=remedy)
