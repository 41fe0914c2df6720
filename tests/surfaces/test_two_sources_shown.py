"""Two sources on the pages: who is in charge, and no cry of stale numbers while another stands in."""

from typing import Any

import pytest

from wardwise.hospital.moment import iso
from wardwise.sites.contract import Contract
from wardwise.sites.two_sources import TwoSources


@pytest.fixture
def paired(hands: Any) -> Any:
    """A ward whose vitals have the monitors as a second source."""
    site = hands.site_of()
    monitors = site.feed("vitals").model_copy(update={"name": "monitors"})
    pair = TwoSources.model_validate({"kind": "sign.measured", "feeds": ["vitals", "monitors"]})
    ward = hands.make_ward(site.model_copy(update={"feeds": (*site.feeds, monitors), "two_sources": (pair,)}))
    contracts = ward.house.folder.contracts
    contracts["monitors"] = contracts["vitals"].model_copy(update={"feed": "monitors"})
    hands.fill(ward)
    hands.hear(ward, "monitors")
    return ward


def silent(ward: Any, feed: str) -> None:
    now = ward.clock.now()
    ward.append(ward.draft("feed.silent", now, {"feed": feed, "state": "silent", "last_at": iso(now)}))


def test_the_feeds_page_says_who_is_in_charge_and_who_stands_by(paired: Any, hands: Any) -> None:
    with hands.opened(paired) as client:
        page = client.get("/feeds").text
        assert "in charge of sign.measured" in page
        assert "stands by for sign.measured" in page
        assert "Second source" not in page


def test_a_silence_that_is_covered_is_told_and_is_no_alarm(paired: Any, hands: Any) -> None:
    silent(paired, "vitals")
    with hands.opened(paired) as client:
        page = client.get("/").text
        assert "Second source in charge of sign.measured: monitors." in page
        assert "Numbers that rest on it are old" not in page


def test_where_both_are_silent_it_is_an_alarm(paired: Any, hands: Any) -> None:
    silent(paired, "vitals")
    silent(paired, "monitors")
    with hands.opened(paired) as client:
        assert "Silent: vitals, monitors. Numbers that rest on it are old." in client.get("/").text


@pytest.fixture
def two_adts(hands: Any) -> Any:
    """A ward whose bed management tells of stays as well."""
    site = hands.site_of()
    beds = site.feed("adt").model_copy(update={"name": "bedmgmt"})
    pair = TwoSources.model_validate({"kind": "stays", "feeds": ["adt", "bedmgmt"]})
    ward = hands.make_ward(site.model_copy(update={"feeds": (*site.feeds, beds), "two_sources": (pair,)}))
    contracts = ward.house.folder.contracts
    contracts["bedmgmt"] = contracts["adt"].model_copy(update={"feed": "bedmgmt"})
    hands.fill(ward)
    hands.hear(ward, "bedmgmt")
    return ward


def test_the_census_says_by_which_source_it_stands(two_adts: Any, hands: Any) -> None:
    silent(two_adts, "adt")
    with hands.opened(two_adts) as client:
        page = client.get("/").text
        assert "By bedmgmt, while adt is out" in page
        assert "Second source in charge of stays: bedmgmt." in page
        assert "Stale: adt silent" not in page


def test_a_census_whose_second_source_does_not_tell_all_is_stale(two_adts: Any, hands: Any) -> None:
    contracts = two_adts.house.folder.contracts
    more = {"provides": [*contracts["adt"].provides, {"kind": "stay.discharged"}]}
    contracts["adt"] = Contract.model_validate(contracts["adt"].model_dump() | more)
    silent(two_adts, "adt")
    with hands.opened(two_adts) as client:
        page = client.get("/").text
        assert "Stale: adt silent" in page
        assert "By bedmgmt" not in page


def test_a_first_source_that_breaks_its_contract_and_goes_on_is_said(two_adts: Any, hands: Any) -> None:
    payload = {"feed": "adt", "rule": "codes", "what": "w", "state": "broken", "event": "stay.admitted"}
    two_adts.append(two_adts.draft("contract.breached", two_adts.clock.now(), payload))
    with hands.opened(two_adts) as client:
        page = client.get("/").text
        assert "By bedmgmt" not in page
        assert "CONTRACT BROKEN: adt." in page
