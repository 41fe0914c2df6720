"""What cannot be: facts from the future or from before birth, vital signs that no living body shows."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from wardwise.feeds.mapped.notes import Notes
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.feeds.mapped.typed import number
from wardwise.hospital.vital import VITALS
from wardwise.loop.capture.canonical import Json

AHEAD = timedelta(minutes=5)  # how far a bedside clock may run before ours
LATE = timedelta(hours=48)  # a measurement told later than this is flagged
OUT_OF_RANGE = "out-of-physical-range"
RETRO_DATED = "retro-dated"
NO_VALUE = "no-value"

MEASUREMENTS = frozenset({"sign.measured", "lab.resulted"})

_WIDEST_OFFSET = timedelta(hours=14)  # somewhere on earth it is already tomorrow
_REMEDY = "Ask the sender to check the clock and the zone of the source."


def check_time(at: datetime, *, now: datetime, born: date | None) -> None:
    """Refuse a fact later than now or earlier than its patient's birth; raises Unreadable."""
    if at > now + AHEAD:
        raise Unreadable("impossible-time", "a fact is said to have happened in the future", _REMEDY)
    if born is not None and at.date() < born and (at + _WIDEST_OFFSET).date() < born:
        raise Unreadable("impossible-time", "a fact is said to have happened before the patient was born", _REMEDY)


def check_birth(payload: Mapping[str, Json], *, now: datetime) -> None:
    """Refuse a birth that is yet to come; raises Unreadable."""
    if _is_yet_to_come(payload.get("born"), now):
        raise Unreadable("impossible-time", "a patient is said to be born in the future", _REMEDY)


def of_this_century(payload: dict[str, Json], *, now: datetime) -> None:
    """A birth whose year was told in two digits, and would be yet to come, was a hundred years before."""
    born = payload.get("born")
    if isinstance(born, str) and _is_yet_to_come(born, now):
        payload["born"] = f"{int(born[:4]) - 100}{born[4:]}"


def _is_yet_to_come(born: Json, now: datetime) -> bool:
    if not isinstance(born, str) or born[:4] < str(now.year):  # nearly everybody; the rest is asked to the day
        return False
    return born > (now + _WIDEST_OFFSET).date().isoformat()


def judge(kind: str, payload: Mapping[str, Json], notes: Notes) -> None:
    """Doubt a measurement that says nothing, or what no living body shows."""
    if kind not in MEASUREMENTS:
        return
    value = payload.get("value")
    if value is None:
        if not (payload.get("word") or notes.doubted):
            notes.doubt(NO_VALUE)
        return
    vital = VITALS.get(str(payload.get("code"))) if kind == "sign.measured" else None
    found = number(str(value))
    if vital is None or found is None:
        return
    if payload.get("ucum") != vital.ucum or not vital.plausible(found):
        notes.doubt(OUT_OF_RANGE)
