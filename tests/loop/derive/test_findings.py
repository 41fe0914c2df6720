"""What does not fit together in the records: each finding, who is asked, and when there is nothing to find."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.derive.state.findings import findings
from wardwise.loop.derive.view import View
from wardwise.sites.load import SiteFolder
from wardwise.surfaces.web.strings import STRINGS

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Look = Callable[..., View]
ADT, ROSTER = "Director of patient access", "Staffing office"


def stay(word: str, hour: float, place: str = "", who: str = "ada", patient: str | None = None, **told: str) -> Draft:
    unit, _, bed = place.partition("/")
    about = About(
        unit=f"demo/{unit}" if unit else None,
        bed=f"demo/{place}" if bed else None,
        encounter=who,
        patient=patient or f"p-{who}",
    )
    told |= {"class": "inpatient"} if word == "admitted" else {}
    at = EIGHT + hour * HOUR
    return Draft(id=f"{word}{hour}{who}", kind=f"stay.{word}", occurred_at=at, source="adt", about=about, payload=told)


def merge(hour: float, survivor: str, merged: str) -> Draft:
    at, about = EIGHT + hour * HOUR, About(patient=survivor)
    told = {"merged_patient": merged}
    return Draft(id=f"m{hour}", kind="stay.merged", occurred_at=at, source="adt", about=about, payload=told)


def pulse(hour: float, who: str) -> Draft:
    at, about = EIGHT + hour * HOUR, About(unit="demo/4a", encounter=who)
    told = {"code": "pulse", "value": "80"}
    return Draft(id=f"v{hour}", kind="sign.measured", occurred_at=at, source="oru", about=about, payload=told)


def bed(hour: float, state: str) -> Draft:
    about = About(unit="demo/4a", bed="demo/4a/1")
    at = EIGHT + hour * HOUR
    return Draft(id=f"b{hour}", kind="bed.changed", occurred_at=at, source="adt", about=about, payload={"state": state})


def shift(word: str, day: float, staff: str = "nina", unit: str = "4a", skill: str = "med-surg", **more: str) -> Draft:
    starts = EIGHT + day * DAY
    told = {"shift": "day", "starts": iso(starts), "ends": iso(starts + 12 * HOUR)} | more
    told |= {"skill": skill} if word == "assigned" else {}
    return Draft(
        id=f"{word}{day}{staff}{unit}",
        kind=f"shift.{word}",
        occurred_at=EIGHT - 10 * DAY if word == "assigned" else starts,
        source="roster",
        about=About(unit=f"demo/{unit}", staff=staff),
        payload=told,
    )


def listed(day: float, staff: str = "nina", source: str = "staff", skills: tuple[str, ...] = ("med-surg",)) -> Draft:
    about = About(unit="demo/4a", staff=staff)
    return Draft(
        id=f"l{day}{staff}{source}",
        kind="staff.listed",
        occurred_at=EIGHT + day * DAY,
        source=source,
        about=about,
        payload={"skills": list(skills)},
    )


CLOCKED = ("clocked_in", "clocked_out")
BORN = {"born": "1950-01-01", "sex": "female"}
FOUND = [
    ("two-patients-in-a-bed", [stay("admitted", 0, "4a/1"), stay("admitted", 1, "4a/1", "eve")], ADT),
    ("bed-said-otherwise", [stay("admitted", 0, "4a/1"), bed(1, "free")], ADT),
    ("two-visits-at-once", [stay("admitted", 0, "4a/1"), stay("admitted", 1, "4b/1", "eve", "p-ada")], ADT),
    (
        "two-visits-at-once",
        [stay("admitted", 0, "4a/1"), stay("admitted", 1, "4b/1", "eve"), merge(2, "p-ada", "p-eve")],
        ADT,
    ),
    ("visit-of-two-patients", [stay("admitted", 0, "4a/1"), stay("updated", 1, patient="p-zoe")], ADT),
    (
        "number-given-anew",
        [stay("admitted", 0, "4a/1"), stay("discharged", 1), stay("admitted", 2, "4b/1", patient="p-zoe")],
        ADT,
    ),
    (
        "number-given-to-another",
        [
            stay("admitted", 0, "4a/1", **BORN),
            merge(1, "p-new", "p-ada"),
            stay("admitted", 2, "4b/1", "eve", "p-ada", born="1990-09-09", sex="male"),
            stay("discharged", 3),
        ],
        ADT,
    ),
    (
        "merged-number-in-use",
        [
            stay("admitted", 0, "4a/1", **BORN),
            stay("discharged", 0.5),
            merge(1, "p-new", "p-ada"),
            stay("admitted", 2, "4b/1", "eve", "p-ada", **BORN),
        ],
        ADT,
    ),
    (
        "told-after-discharge",
        [stay("admitted", 0, "4a/1"), stay("discharged", 1), stay("transferred", 2, "4b/1")],
        ADT,
    ),
    ("cancel-without-target", [stay("admitted", 0, "4a/1"), stay("cancelled", 1, target="stay.transferred")], ADT),
    ("no-word-of-a-patient", [stay("admitted", -24 * 9, "4a/1")], ADT),
    ("signs-of-an-unknown-visit", [pulse(1, "nobody")], ADT),
    ("stale-staff-record", [listed(-60), listed(-1, "olga")], ROSTER),
    ("skills-differ-by-source", [listed(-2), listed(-1, source="roster", skills=("icu",))], ROSTER),
    ("two-shifts-at-once", [shift("assigned", 1), shift("assigned", 1.25, unit="4b")], ROSTER),
    ("rostered-but-not-listed", [shift("assigned", 1), listed(-1, "olga")], ROSTER),
    ("skill-not-listed", [shift("assigned", 1, skill="icu"), listed(-1)], ROSTER),
    ("assigned-to-two-units", [shift("assigned", 1), shift("assigned", 1, unit="4b")], ROSTER),
    ("called-out-of-a-shift", [shift("assigned", 0), shift("called_out", 0)], ROSTER),
    ("cross-cover", [shift("assigned", 1, unit="4b"), listed(-1)], ROSTER),
    ("no-clock-in", [shift("assigned", -1), shift("clocked_out", -1)], ROSTER),
    ("no-clock-out", [shift("assigned", -1), shift("clocked_in", -1)], ROSTER),
]


@pytest.mark.parametrize(("code", "told", "steward"), FOUND, ids=[each[0] for each in FOUND])
def test_what_does_not_fit_is_found_once_and_goes_to_the_steward_of_its_feed(
    seen: Look, code: str, told: list[Draft], steward: str
) -> None:
    found = findings(seen(told, EIGHT + 8 * HOUR))
    assert [(each.code, each.steward) for each in found] == [(code, steward)]
    assert f"finding.{code}" in STRINGS


FITS = [
    [stay("admitted", 0, "4a/1"), stay("admitted", 1, "4a/2", "eve")],
    [bed(0, "free"), stay("admitted", 1, "4a/1"), bed(2, "occupied")],
    [stay("admitted", 0, "4a/1"), stay("discharged", 1), stay("admitted", 2, "4a/1", "eve", "p-ada")],
    [stay("admitted", 0, "4a/1"), stay("updated", 2, patient="p-zoe"), merge(3, "p-ada", "p-zoe")],
    [
        stay("admitted", 0, "4a/1"),
        stay("updated", 1, patient="p-zoe"),
        stay("moved", 2, patient="p-ada", from_patient="p-zoe"),
    ],
    [stay("admitted", 0, "4a/1"), pulse(1, "ada")],
    [shift("assigned", 1), shift("assigned", 2), listed(-1)],
    [shift("assigned", -1)],  # no feed tells of clock times
    [shift("assigned", -1), shift("called_out", -1), *(shift(w, -1, "olga") for w in ("assigned", *CLOCKED))],
    [shift("assigned", -1), shift("called_out", -1), listed(-2)],  # over
    [shift("assigned", 1, unit="float"), listed(-1)],
    [shift("assigned", 1), shift("called_out", 1), shift("assigned", 1.25, unit="4b")],
]


@pytest.mark.parametrize("told", FITS)
def test_what_fits_is_no_finding(seen: Look, told: list[Draft]) -> None:
    assert [each.code for each in findings(seen(told, EIGHT + 8 * HOUR))] == []


def test_likeness_makes_nobody_somebody_else_unless_the_site_asks_for_it(seen: Look, folder: SiteFolder) -> None:
    alike = [stay("admitted", 0, "4a/1", **BORN), stay("admitted", 3, "4b/1", "eve", **BORN)]
    view = seen(alike, EIGHT + 8 * HOUR)
    assert findings(view) == []
    asking = replace(folder, site=folder.site.model_copy(update={"show_alike_patients": True}))
    [finding] = findings(replace(view, folder=asking, _kept={}))
    assert (finding.code, finding.about) == ("patients-alike", "ada eve")


def test_a_finding_goes_when_it_is_put_right(seen: Look) -> None:
    told = [stay("admitted", 0, "4a/1"), stay("admitted", 1, "4a/1", "eve"), stay("transferred", 2, "4a/2", "eve")]
    assert findings(seen(told, EIGHT + 8 * HOUR)) == []
