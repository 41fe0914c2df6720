"""The Feeds page says of each stream that is published to how far it is, what waits, and what troubles it."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from wardwise.hospital.moment import iso
from wardwise.loop.capture.absence import Unreached
from wardwise.loop.capture.places import publishing
from wardwise.sites.publish import Publish

PUBLISH = {
    "name": "engine",
    "kinds": ["advice.given", "mode.changed"],
    "from": "beginning",
    "stream": {"nats": {"servers": ["127.0.0.1:4222"], "stream": "W", "subject": "w.out"}},
    "owner": "EHR integration team",
}


@pytest.fixture
def sending(ward):
    """A ward that publishes, its place in the log noted as the publisher would."""
    site = ward.house.folder.site.model_copy(update={"publish": (Publish.model_validate(PUBLISH),)})
    ward.house = replace(ward.house, folder=replace(ward.house.folder, site=site))
    change(ward)
    ward.log.move(ward.site, publishing("engine"), was=None, to=0)
    return ward


def change(ward) -> None:
    payload = {"workflow": "staffing", "mode": "assistive", "was": "shadow", "by": "x", "why": "y"}
    ward.append(ward.draft("mode.changed", ward.clock.now(), payload))


def row(hands, ward) -> str:
    with hands.opened(ward) as client:
        page = client.get("/feeds").text
    found = re.search(r'id="outgoing-title".*?</section>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found.group()).split()) if found else ""


def test_a_site_that_publishes_nothing_says_nothing_of_it(ward, hands) -> None:
    assert row(hands, ward) == ""


def test_a_stream_that_keeps_up_is_current(sending, hands) -> None:
    sending.log.move(sending.site, publishing("engine"), was=0, to=sending.log.head(sending.site).position)
    said = row(hands, sending)
    head = sending.log.head(sending.site).position
    assert f"engine Current {head:,} of {head:,} nothing 0 0 EHR integration team" in said


def test_what_waits_too_long_is_said_with_its_time(sending, hands) -> None:
    sending.clock.advance(timedelta(minutes=2))
    assert "engine Behind 0 of" in (said := row(hands, sending))
    assert "1 since 14:12" in said


def test_a_broker_that_is_away_and_a_switch_that_is_off_are_said_with_their_reason(sending, hands) -> None:
    away = Unreached("engine", "no answer within 5 s", sending.clock.now())
    sending.house = replace(sending.house, unpublished=lambda: {"engine": away})
    assert "engine Broker away no answer within 5 s" in row(hands, sending)
    sending.house = replace(sending.house, switched_off=lambda name: f"switched off: {name} is on trial")
    assert "engine Switched off switched off: engine is on trial" in row(hands, sending)


def test_what_was_dropped_is_counted_for_seven_days(sending, hands) -> None:
    for days, why in ((8, "expired"), (3, "expired"), (1, "refused"), (0, "expired")):
        payload = {"stream": "engine", "event": "a1", "why": why, "says": "it was so"}
        at = sending.clock.now() - timedelta(days=days)
        sending.append(sending.draft("publication.dropped", at, payload))
    assert re.search(r"since 14:12 2 1 EHR", row(hands, sending)), iso(sending.clock.now())
