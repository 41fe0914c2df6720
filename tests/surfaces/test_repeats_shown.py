"""Live and by batch on the feeds page: the last day compared, and how much earlier live knew."""

from datetime import timedelta
from typing import Any

from wardwise.hospital.moment import iso
from wardwise.sites.repeats import Repeats


def test_the_last_day_compared_stands_on_the_feeds_page(hands: Any) -> None:
    site = hands.site_of()
    first, second = (feed.name for feed in site.feeds[:2])
    repeat = Repeats.model_validate({"live": first, "batch": second, "kinds": ["stay.admitted"]})
    ward = hands.make_ward(site.model_copy(update={"repeats": (repeat,)}))
    with hands.opened(ward) as client:
        page = client.get("/feeds").text
    assert "Live and by batch, compared" in page
    assert "No day was compared yet" in page
    end = ward.clock.now()
    lag = {"half": "12.0", "most": "95.0"}
    told = {
        "live": first, "batch": second, "event": "stay.admitted", "from": iso(end - timedelta(days=1)), "to": iso(end),
        "both": 41, "only_live": 3, "only_batch": 0, "differing": 2, "fields": {"unit": 2}, "examples": {},
        "minutes": {"live": {"half": "-5.0", "most": "1.0"}, "batch": lag, "ahead": lag},
    }  # fmt: skip
    ward.append(ward.draft("feed.repeated", end, told))
    with hands.opened(ward) as client:
        page = client.get("/feeds").text
    for says in (
        f"{first}, {second}",
        "41",
        "2 (unit 2)",
        "12 min, nine of ten within 1 h 35 min",
        "5 min before, nine",
    ):
        assert says in page


def test_a_site_without_such_feeds_has_no_such_table(hands: Any) -> None:
    with hands.opened(hands.make_ward()) as client:
        assert "Live and by batch" not in client.get("/feeds").text
