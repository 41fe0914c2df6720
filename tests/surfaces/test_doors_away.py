"""A door or worker that is away is said on every surface: each page, CDS Hooks, the API, readiness."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
from tests.surfaces.test_feeds_silent_or_broken import PAGES, cards, feed

from wardwise.hospital.moment import iso
from wardwise.loop.capture.absence import Absence, Unreached, Why


@contextmanager
def without(ward, hands, *absences: Absence) -> Iterator[httpx.Client]:
    """Pages that showed all was well, until somebody went away."""
    away: list[Absence] = []
    ward.house = replace(ward.house, absences=lambda: away)
    with hands.opened(ward) as client:
        away.extend(absences)
        shown_anew(client, lambda page: "away since" in page or any(each.until for each in absences))
        yield client


def shown_anew(client: httpx.Client, expected: Callable[[str], bool]) -> None:
    """Wait until the page is as expected: at the next look at the log, a second later."""
    end = time.monotonic() + 20
    while not expected(client.get("/").text):
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_door_that_is_away_is_said_on_every_surface(ward, hands) -> None:
    since = ward.clock.now()
    with without(ward, hands, Absence("mllp", Why.SILENT, since)) as client:
        told = (
            "STALE. The HL7 v2 door is away since 14:12: it gives no sign of life. Nothing comes in from adt, vitals."
        )
        assert [path for path in PAGES if told not in client.get(path).text] == []
        assert "Door away" in client.get("/feeds").text
        assert cards(client) == ["The door of vitals is away. Advice may be old. Look at the patient."]
        away = {"process": "mllp", "why": "silent", "since": iso(since)}
        assert (feed(client, "vitals")["stale"], feed(client, "vitals")["door"]) == (True, away)
        assert (feed(client, "board")["stale"], feed(client, "board")["door"]) == (False, None)
        assert client.get("/api/advice/open").json()["away"] == [away]
        ready = client.get("/health/ready")
        assert (ready.status_code, ready.json()["trouble"]) == (503, "mllp: silent")


def test_a_worker_that_is_away_is_said_though_nothing_waits(ward, hands) -> None:
    with without(ward, hands, Absence("worker", Why.ENDED, ward.clock.now())) as client:
        told = "STALE. The worker is away since 14:12: it ended and is being started again."
        assert [path for path in PAGES if told not in client.get(path).text] == []
        assert "not reading new messages" in cards(client)[0]
        assert client.get("/health/ready").status_code == 503


@pytest.mark.parametrize("process", ["mllp", "worker"])
def test_one_that_is_back_is_no_longer_mentioned(ward, hands, process: str) -> None:
    absence = Absence(process, Why.ENDED, ward.clock.now(), ward.clock.now())
    with without(ward, hands, absence) as client:
        assert all("away" not in client.get(path).text for path in PAGES)
        assert feed(client, "vitals")["door"] is None
        assert client.get("/health/ready").status_code == 200


def test_the_pages_follow_a_door_that_goes_and_comes_back(ward, hands) -> None:
    away: list[Absence] = []
    ward.house = replace(ward.house, absences=lambda: away)
    with hands.opened(ward) as client:
        for absence in (Absence("mllp", Why.ENDED, ward.clock.now()), None):
            away[:] = [absence] if absence else []
            shown_anew(client, lambda page, gone=absence: ("The HL7 v2 door is away" in page) == bool(gone))


def test_a_server_that_does_not_answer_is_said_with_its_feed_and_does_not_make_all_stale(ward, hands) -> None:
    since = ward.clock.now()
    ward.house = replace(ward.house, unreached=lambda: {"adt": Unreached("adt", "it said nothing", since)})
    told = "The server of adt has not answered since 14:12: it said nothing. Nothing new comes from it."
    with hands.opened(ward) as client:
        shown_anew(client, lambda page: told in page)
        assert [path for path in PAGES if told not in client.get(path).text] == []
        assert "Server away" in client.get("/feeds").text
        assert feed(client, "adt")["server"] == {"why": "it said nothing", "since": iso(since)}
        assert feed(client, "vitals")["server"] is None
        assert client.get("/health/ready").status_code == 200
