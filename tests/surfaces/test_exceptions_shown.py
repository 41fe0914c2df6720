"""Exceptions of intake on the feeds page: what, where, until when, and whose they are."""

from datetime import timedelta
from typing import Any

from wardwise.loop.capture.event import About
from wardwise.sites.exceptions import Route, Sort


def test_an_exception_stands_with_its_owner_and_goes_when_it_is_over(hands: Any) -> None:
    route = Route(sort=Sort.DUPLICATE_PATIENTS, owner="Registration lead")
    ward = hands.make_ward(hands.site_of().model_copy(update={"exceptions": (route,)}))
    now = ward.clock.now()
    for number, unit in enumerate(("4a", "4b")):
        about = About(unit=ward.unit(unit), encounter=f"twice-{number}", patient="one-person")
        ward.append(ward.draft("stay.admitted", now - timedelta(hours=2 - number), {"class": "inpatient"}, about=about))
    with hands.opened(ward) as client:
        page = client.get("/feeds").text
    for says in (
        "Duplicate patients",
        "One person has two visits at once",
        "one of the visits ends",
        "Registration lead",
    ):
        assert says in page
    assert "one-person" not in page
    about = About(unit=ward.unit("4a"), encounter="twice-0", patient="one-person")
    ward.append(ward.draft("stay.discharged", now - timedelta(minutes=1), {}, about=about))
    with hands.opened(ward) as client:
        assert "Nothing to see to." in client.get("/feeds").text
