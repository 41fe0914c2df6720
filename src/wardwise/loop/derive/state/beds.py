"""The bed board: who lies in which bed, what was said of it, and where the two do not fit."""

from dataclasses import dataclass
from datetime import datetime

from wardwise.loop.derive.state.ledger import ledger_of
from wardwise.loop.derive.state.stays import stays
from wardwise.loop.derive.view import View

OCCUPIED = "occupied"
UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class Bed:
    """One bed: `state` is occupied while anybody lies in it, else what was last said; `since` when that came about.

    `patients` are encounters; more than one is a contradiction that is shown, not settled. `said` is the last word
    of whoever tells of beds, also where it contradicts.
    """

    bed: str
    unit: str
    state: str
    since: datetime | None
    patients: tuple[str, ...] = ()
    said: str | None = None

    @property
    def contradicted(self) -> bool:
        """Whether a bed that somebody lies in was last said to be something else, or holds two patients."""
        return len(self.patients) > 1 or (bool(self.patients) and self.said not in (None, OCCUPIED))


def bed_board(view: View) -> dict[str, Bed]:
    """Every bed that anybody ever spoke of and every bed somebody lies in, by its key, in order."""
    return view.keep("bed board", _board)


def closed_beds(view: View) -> dict[str, int]:
    """Beds that are closed, by unit key."""
    counts: dict[str, int] = {}
    for bed in bed_board(view).values():
        if bed.state == "closed":
            counts[bed.unit] = counts.get(bed.unit, 0) + 1
    return counts


def _board(view: View) -> dict[str, Bed]:
    lying: dict[str, list[tuple[datetime, str, str]]] = {}
    for stay in stays(view).values():
        if stay.present and stay.bed and stay.unit and stay.moved_at and not stay.on_leave:
            lying.setdefault(stay.bed, []).append((stay.moved_at, stay.encounter, stay.unit))
    said = ledger_of(view).beds(view.instant)
    board: dict[str, Bed] = {}
    for key in sorted(lying.keys() | said.keys()):
        word = said.get(key)
        here = sorted(lying.get(key, ()))
        unit = here[0][2] if here else (word.unit if word else None)
        if unit is None or (word is None and not here):
            continue
        # What was said before the patient came is over; what was said since then contradicts.
        told = word if word and word.state and not (here and word.at and word.at <= here[0][0]) else None
        state, since = (OCCUPIED, here[0][0]) if here else (told.state, told.at) if told else (UNSAID, None)
        board[key] = Bed(key, unit, str(state), since, tuple(e for _, e, _ in here), told.state if told else None)
    return board
