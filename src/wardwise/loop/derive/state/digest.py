"""One hash over the whole state at an instant: two folds that agree on it agree on who is where and who is who."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

from wardwise.hospital.moment import iso
from wardwise.loop.capture.canonical import Json, canonical, digest
from wardwise.loop.derive.state.beds import bed_board
from wardwise.loop.derive.state.ed import ed_board
from wardwise.loop.derive.state.identity import people
from wardwise.loop.derive.state.ledger import ledger_of
from wardwise.loop.derive.state.roster import roster
from wardwise.loop.derive.state.stays import census, stays
from wardwise.loop.derive.view import View

PROJECTIONS: dict[str, Callable[[View], Any]] = {
    "census": census,
    "beds": bed_board,
    "ed": ed_board,
    "stays": stays,
    "people": people,
    "roster": roster,
    "staff": lambda view: ledger_of(view).staff(view.instant),
}


def state_digests(view: View) -> dict[str, str]:
    """SHA-256 of each projection's canonical form, and of all of them together as `state`."""
    found = {name: digest(canonical(_plain(make(view)))) for name, make in PROJECTIONS.items()}
    return found | {"state": digest(canonical(found))}


def _plain(value: Any) -> Json:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, frozenset | set):
        return [_plain(each) for each in sorted(value)]
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return iso(value)
    return value.isoformat() if isinstance(value, date) else value
