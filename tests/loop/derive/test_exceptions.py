"""Exceptions of intake: of five sorts, each to an owner the site names, and gone when it is so no longer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.derive.state.exceptions import SORTS, exceptions
from wardwise.loop.derive.view import View
from wardwise.sites.contract import Provided
from wardwise.sites.exceptions import Route, Sort
from wardwise.sites.load import SiteFolder
from wardwise.sites.site_checks import problems_of
from wardwise.surfaces.web.strings import STRINGS

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
Look = Callable[..., View]


def admitted(who: str = "ada", hour: float = 0, unit: str = "4a") -> Draft:
    about = About(unit=f"demo/{unit}", encounter=who, patient=f"p-{who}")
    told = {"class": "inpatient"}
    return Draft(
        id=f"s{who}", kind="stay.admitted", occurred_at=EIGHT + hour * HOUR, source="adt", about=about, payload=told
    )


def ordered(who: str, hour: float) -> Draft:
    about, told = About(encounter=who), {"code": "diet"}
    return Draft(
        id=f"o{who}", kind="order.placed", occurred_at=EIGHT + hour * HOUR, source="adt", about=about, payload=told
    )


def sign(number: int, *, late: int) -> Draft:
    """A pulse charted at nine, measured some minutes before."""
    about, told = About(unit="demo/4a", encounter="ada"), {"code": "pulse", "value": "80"}
    at = EIGHT - timedelta(minutes=late, seconds=number)
    return Draft(id=f"v{number}", kind="sign.measured", occurred_at=at, source="oru", about=about, payload=told)


def called_out(unit: str) -> list[Draft]:
    told = {"shift": "day", "starts": iso(EIGHT), "ends": iso(EIGHT + 12 * HOUR)}
    about = About(unit=f"demo/{unit}", staff=f"nina-{unit}")
    named = {"occurred_at": EIGHT, "source": "roster", "about": about}
    return [
        Draft(id=f"a{unit}", kind="shift.assigned", payload=told | {"skill": "med-surg"}, **named),  # type: ignore[arg-type]
        Draft(id=f"c{unit}", kind="shift.called_out", payload=told, **named),  # type: ignore[arg-type]
    ]


def codes(view: View) -> list[str]:
    return [each.finding.code for each in exceptions(view)]


def ordering(view: View) -> View:
    """The same, where a feed promises to tell of orders."""
    adt = view.folder.contracts["adt"]
    told = adt.model_copy(update={"provides": (*adt.provides, Provided(kind="order.placed"))})
    return replace(view, folder=replace(view.folder, contracts={**view.folder.contracts, "adt": told}), _kept={})


def test_a_patient_without_orders_is_one_four_hours_after_admission(seen: Look) -> None:
    early, late = seen([admitted()], EIGHT + 3 * HOUR), seen([admitted()], EIGHT + 5 * HOUR)
    assert codes(ordering(early)) == []
    assert codes(ordering(late)) == ["admitted-without-orders"]
    assert codes(late) == []  # no feed tells of orders here
    assert codes(ordering(seen([admitted(), ordered("ada", 4.5)], EIGHT + 5 * HOUR))) == []
    assert codes(ordering(seen([admitted(), ordered("eve", 4.5)], EIGHT + 5 * HOUR))) == ["admitted-without-orders"]


@pytest.mark.parametrize(("late", "many", "found"), [(11, 5, True), (11, 4, False), (9, 5, False)])
def test_charting_is_late_when_enough_of_an_hour_came_after_what_is_promised(
    seen: Look,
    late: int,
    many: int,
    found: bool,  # noqa: FBT001 - a case of the table
) -> None:
    signs = [sign(n, late=late) for n in range(many)]
    here = admitted(hour=-2)
    assert (codes(seen([here, *signs], EIGHT + 0.5 * HOUR)) == ["charted-late"]) is found
    assert codes(seen([here, *signs], EIGHT + 2 * HOUR)) == []


def test_the_owner_is_that_of_the_unit_then_of_the_site_then_the_steward(seen: Look, folder: SiteFolder) -> None:
    told = [*called_out("4a"), *called_out("4b")]
    view = seen(told, EIGHT + HOUR)
    alone = replace(folder, site=folder.site.model_copy(update={"exceptions": ()}))
    assert {each.owner for each in exceptions(replace(view, folder=alone, _kept={}))} == {"Staffing office"}
    whole = Route(sort=Sort.UNAVAILABLE_STAFF, owner="House supervisor")
    own = Route(sort=Sort.UNAVAILABLE_STAFF, owner="Nurse manager 4B", units=("4b",))
    other = Route(sort=Sort.CROSS_COVER, owner="Nobody here")
    site = folder.site.model_copy(update={"exceptions": (other, whole, own)})
    routed = exceptions(replace(view, folder=replace(folder, site=site), _kept={}))
    assert {(each.finding.unit, each.owner) for each in routed} == {
        ("demo/4a", "House supervisor"),
        ("demo/4b", "Nurse manager 4B"),
    }
    assert exceptions(seen(told, EIGHT + 13 * HOUR)) == []


def test_two_owners_of_one_sort_and_unknown_units_are_refused(folder: SiteFolder) -> None:
    routes = (
        Route(sort=Sort.CROSS_COVER, owner="a"),
        Route(sort=Sort.CROSS_COVER, owner="b"),
        Route(sort=Sort.CROSS_COVER, owner="c", units=("9z",)),
    )
    found = list(problems_of(folder.site.model_copy(update={"exceptions": routes})))
    assert [(problem.path, problem.what.split()[0]) for problem in found] == [
        (("exceptions", 1), "`cross-cover`"),
        (("exceptions", 2, "units", 0), "names"),
    ]


def test_every_exception_has_its_words() -> None:
    for code, sort in SORTS.items():
        assert {f"finding.{code}", f"exceptions.ends.{code}", f"exceptions.sort.{sort}"} <= STRINGS.keys()
