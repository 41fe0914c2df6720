"""Where every patient is: stays folded from the log, in the order things happened, not the order we were told."""

from wardwise.loop.derive.fold.stay import Stay
from wardwise.loop.derive.state.ledger import ledger_of
from wardwise.loop.derive.view import View

__all__ = ["Stay", "census", "stays"]


def stays(view: View) -> dict[str, Stay]:
    """Every stay by encounter token: who is here, however long; who left or never came, for 30 days. Not to be changed.

    Cancelled events are undone, a renumbered visit stands under its last number.
    """
    return ledger_of(view).stays(view.instant)


def census(view: View) -> dict[str, int]:
    """Patients present by unit key."""
    counts: dict[str, int] = {}
    for stay in stays(view).values():
        if stay.present and stay.unit and not stay.on_leave:
            counts[stay.unit] = counts.get(stay.unit, 0) + 1
    return counts
