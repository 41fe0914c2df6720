"""Sentences about units, rosters, feeds and people's answers."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from wardwise.errors import ImpossibleValue
from wardwise.hospital.moment import iso
from wardwise.hospital.shift import Shift, shifts_from
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import About, Draft
from wardwise.rehearse.story.telling import Telling

Found = re.Match[str]

HOUR = timedelta(hours=1)


def counted(telling: Telling, at: datetime, found: Found) -> list[Draft]:
    """`ed counted 12 arrivals`: in the hour that ended then."""
    return [_count(telling, found["unit"], at - HOUR, int(found["n"]))]


def counted_by_hour(telling: Telling, at: datetime, found: Found) -> list[Draft]:
    """`ed counted 8 arrivals an hour for 56 days`: every hour that ended by then; or 24 numbers, from 00:00 local."""
    profile = [int(n) for n in found["n"].split()]
    hours = [at - HOUR * back for back in range(int(found["days"]) * 24, 0, -1)]
    if len(profile) not in {1, 24}:
        raise ImpossibleValue(what="a day of arrivals needs 1 or 24 numbers", remedy="Write one for each local hour.")
    local = [telling.calendar.local_hour(hour) for hour in hours]
    return [
        _count(telling, found["unit"], hour, profile[hour_of % len(profile)])
        for hour, hour_of in zip(hours, local, strict=True)
    ]


def came(telling: Telling, at: datetime, found: Found) -> list[Draft]:
    """`ed 9 patients came`: spread evenly over the hour that ended then."""
    unit, many = telling.unit(found["unit"]), int(found["n"])
    drafts = []
    for number in range(many):
        name = f"{found['unit']}-came-{telling.count}"
        about = About(unit=unit, patient=f"p-{name}", encounter=f"e-{name}")
        drafts.append(
            telling.draft("stay.arrived", at - HOUR + HOUR * number / many, about, payload={"class": "emergency"})
        )
    return drafts


def filled(telling: Telling, at: datetime, found: Found) -> list[Draft]:
    """`4a has 30 patients`: in the first beds of the unit that are free."""
    place = telling.folder.site.unit(telling.unit(found["unit"]))
    free = [f"{found['unit']}/{bed}" for bed in (place.beds if place else ())]
    beds = [bed for bed in free if bed not in telling.patients][: int(found["n"])]
    if len(beds) < int(found["n"]):
        raise ImpossibleValue(what=f"{found['unit']} has only {len(beds)} free beds", remedy="Name fewer patients.")
    for bed in beds:
        telling.patients[bed] = telling.place(bed, called=bed)
    payload: dict[str, Json] = {"class": "inpatient"}
    return [telling.draft("stay.admitted", at, telling.patients[bed], payload=payload) for bed in beds]


def rostered(telling: Telling, at: datetime, found: Found) -> list[Draft]:
    """`4a night has 5 nurses`: the shift running then or the next of that name; nurses are numbered from 1."""
    place = telling.folder.site.unit(telling.unit(found["unit"]))
    skill = found["skill"] or (place.skill if place else "")
    shift = _shift(telling, at, found["shift"])
    return [
        telling.draft(
            "shift.assigned",
            at,
            _nurse(telling, found, number),
            payload={**_hours(shift), "skill": skill},
        )
        for number in range(1, int(found["n"]) + 1)
    ]


def called_out(telling: Telling, at: datetime, found: Found) -> list[Draft]:
    """`4a night nurse 3 called out`."""
    shift = _shift(telling, at, found["shift"])
    return [telling.draft("shift.called_out", at, _nurse(telling, found, int(found["n"])), payload=_hours(shift))]


def feed(telling: Telling, at: datetime, found: Found) -> list[Draft]:
    """`feed oru silent` and `feed oru speaking`."""
    payload: dict[str, Json] = {"feed": found["feed"], "state": found["state"], "last_at": iso(at)}
    return [telling.draft("feed.silent", at, payload=payload)]


def answered(telling: Telling, at: datetime, found: Found) -> list[Draft]:
    """`charge-nurse accepts 4a/12`, `overrides ... because data-wrong`, `defers ... until 10:00`."""
    if found["place"] not in telling.advised:
        raise ImpossibleValue(what=f"nothing was advised for {found['place']} before", remedy="Ask first, in a step.")
    words = {"accepts": "accepted", "overrides": "overridden", "defers": "deferred"}
    payload: dict[str, Json] = {"answer": words[found["answer"]], "role": found["role"]}
    if found["reason"]:
        payload["reason"] = found["reason"]
    if found["until"]:
        payload["until"] = iso(telling.calendar.at(found["until"]))
    given = telling.draft("response.given", at, payload=payload)
    return [replace(given, caused_by=(telling.advised[found["place"]],))]


def _count(telling: Telling, unit: str, hour: datetime, count: int) -> Draft:
    about = About(unit=telling.unit(unit))
    payload: dict[str, Json] = {"hour": iso(hour), "count": count}
    return telling.draft("arrivals.counted", hour + HOUR, about, payload=payload)


def _nurse(telling: Telling, found: Found, number: int) -> About:
    return About(unit=telling.unit(found["unit"]), staff=f"{found['unit']}-{found['shift']}-{number}")


def _shift(telling: Telling, at: datetime, name: str) -> Shift:
    site = telling.folder.site
    coming = shifts_from(at, site.patterns, site.zone, count=len(site.patterns) + 1)
    shift = next((each for each in coming if each.name == name), None)
    if shift is None:
        raise ImpossibleValue(what=f"the site has no {name} shift", remedy="Use the names of site.yaml.")
    return shift


def _hours(shift: Shift) -> dict[str, Json]:
    return {"shift": shift.name, "starts": iso(shift.start), "ends": iso(shift.end)}
