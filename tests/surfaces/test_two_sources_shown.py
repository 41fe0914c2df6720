"""Two sources on the pages: who is in charge, and no cry of stale numbers while another stands in."""

from typing import Any

import pytest

from wardwise.hospital.moment import iso
from wardwise.sites.contract import Contract
from wardwise.sites.two_sources import TwoSources


def with_second(hands: Any, feed: str, second: str, kind: str) -> Any:
    """A ward where a second feed tells what one of its own does."""
    site = hands.site_of()
    other = site.feed(feed).model_copy(update={"name": second})
    pair = TwoSources.model_validate({"kind": kind, "feeds": [feed, second]})
    ward = hands.make_ward(site.model_copy(update={"feeds": (*site.feeds, other), "two_sources": (pair,)}))
    contracts = ward.house.folder.contracts
    contracts[second] = contracts[feed].model_copy(update={"feed": second})
    hands.fill(ward)
    hands.hear(ward, second)
    return ward


@pytest.fixture
def paired(hands: Any) -> Any:
    """A ward whose vitals have the monitors as a second source."""
    return with_second(hands, "vitals", "monitors", "sign.measured")


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
    return with_second(hands, "adt", "bedmgmt", "stays")


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
