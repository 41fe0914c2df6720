"""Sentences about a patient in a bed: `4a/12 admitted, 71 years`, `4a/12 pulse 112, on oxygen`."""

import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from wardwise.errors import ImpossibleValue
from wardwise.hospital.vital import OBSERVED_WORDS, VITALS
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import Draft, Status
from wardwise.rehearse.story.telling import Telling

Found = re.Match[str]

_NAMES = {
    "respiratory rate": "respiratory-rate",
    "saturation": "spo2",
    "systolic": "systolic",
    "diastolic": "diastolic",
    "pulse": "pulse",
    "temperature": "temperature",
}
_WORDS = {word: code for code, words in OBSERVED_WORDS.items() for word in words}


def admitted(telling: Telling, at: datetime, found: Found) -> list[Draft]:
    """`4a/12 admitted[, 71 years][, service medicine]`."""
    return _came(telling, at, found, kind="stay.admitted", stay_class="inpatient")


def arrived(telling: Telling, at: datetime, found: Found) -> list[Draft]:
    """`ed/3 arrived[, 5 years][, service emergency]`: through the door of the emergency department."""
    return _came(telling, at, found, kind="stay.arrived", stay_class="emergency")


def _came(telling: Telling, at: datetime, found: Found, *, kind: str, stay_class: str) -> list[Draft]:
    bed = found["bed"]
    about = telling.place(bed, called=f"{bed}-{telling.count}" if bed in telling.patients else bed)
    telling.patients[bed] = about
    payload: dict[str, Json] = {"class": stay_class}
    if found["years"]:
        payload["born"] = f"{at.year - int(found['years']):04d}-01-01"
    if found["service"]:
        payload["service"] = found["service"]
    return [telling.draft(kind, at, about, payload=payload)]


def moved(telling: Telling, at: datetime, found: Found) -> list[Draft]:
    """`4a/12 moved to icu/3`."""
    person = telling.patient(found["bed"])
    there = telling.place(found["to"], called=found["bed"])
    del telling.patients[found["bed"]]
    telling.patients[found["to"]] = replace(there, patient=person.patient, encounter=person.encounter)
    payload: dict[str, Json] = {"from_unit": person.unit}
    return [telling.draft("stay.transferred", at, telling.patients[found["to"]], payload=payload)]


def discharged(telling: Telling, at: datetime, found: Found) -> list[Draft]:
    """`4a/12 discharged[, home]`."""
    payload: dict[str, Json] = {"disposition": found["how"]} if found["how"] else {}
    return [telling.draft("stay.discharged", at, telling.patient(found["bed"]), payload=payload)]


def ordered(telling: Telling, at: datetime, found: Found) -> list[Draft]:
    """`4a/12 ordered news2-spo2-scale-2`."""
    return [telling.draft("order.placed", at, telling.patient(found["bed"]), payload={"code": found["code"]})]


def corrected(telling: Telling, _at: datetime, found: Found) -> list[Draft]:
    """`4a/12 pulse corrected to 82`: the last one charted, at the time it was charted."""
    code, payload = _measure(f"{found['measure']} {found['value']}")
    return [_again(telling, found["bed"], code, payload=payload, status=Status.CORRECTED)]


def withdrawn(telling: Telling, _at: datetime, found: Found) -> list[Draft]:
    """`4a/12 pulse withdrawn`: the last one charted was not this patient's."""
    code = _code(found["measure"])
    was = _last(telling, found["bed"], code)
    return [_again(telling, found["bed"], code, payload=dict(was.payload), status=Status.CANCELLED)]


def measured(telling: Telling, at: datetime, found: Found) -> list[Draft]:
    """`4a/12 respiratory rate 24, saturation 91, oxygen, alert`; a measure may end in `suspect`."""
    about = telling.patient(found["bed"])
    drafts = []
    for each in found["measures"].split(","):
        text, suspect, _ = each.strip().partition(" suspect")
        code, payload = _measure(text)
        status = Status.SUSPECT if suspect else Status.FINAL
        draft = replace(telling.draft("sign.measured", at, about, payload=payload), status=status)
        telling.charted[found["bed"], code] = draft
        drafts.append(draft)
    return drafts


def _again(telling: Telling, bed: str, code: str, *, payload: dict[str, Json], status: Status) -> Draft:
    was = _last(telling, bed, code)
    made = telling.draft("sign.measured", was.occurred_at, was.about, payload=payload)
    draft = replace(made, status=status, supersedes=was.id)
    telling.charted[bed, code] = draft
    return draft


def _last(telling: Telling, bed: str, code: str) -> Draft:
    if (bed, code) not in telling.charted:
        raise ImpossibleValue(what=f"no {code} of {bed} was charted before", remedy="Chart it in an earlier line.")
    return telling.charted[bed, code]


def _measure(text: str) -> tuple[str, dict[str, Json]]:
    word = text.removeprefix("on ").removeprefix("consciousness ")
    if word in _WORDS:
        return _WORDS[word], {"code": _WORDS[word], "word": word}
    name, _, number = text.rpartition(" ")
    code = _code(name or text)
    try:
        value = Decimal(number)
    except InvalidOperation:
        raise _unknown(text) from None
    return code, {"code": code, "value": str(value), "ucum": VITALS[code].ucum}


def _code(name: str) -> str:
    if name not in _NAMES:
        raise _unknown(name)
    return _NAMES[name]


def _unknown(text: str) -> ImpossibleValue:
    known = ", ".join([f"`{name} 99`" for name in _NAMES] + [f"`{word}`" for word in _WORDS])
    return ImpossibleValue(what=f"`{text}` is no measurement", remedy=f"Write one of: {known}.")
