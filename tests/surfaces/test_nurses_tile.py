"""The tile of the nurses claims no more than is known: it names the units judged, and no roster is not nobody."""

from types import SimpleNamespace
from typing import Any

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About


def nurses(client: Any) -> str:
    page = " ".join(client.get("/").text.split())
    return page.partition('aria-labelledby="tile-nurses-now"')[2].partition("</article>")[0]


def need_of(ward: Any, hands: SimpleNamespace, unit: str, shift: dict[str, Any]) -> None:
    tier = {"tier": "rule", "says": "Staffing grid of the site", "why": ""}
    payload = {"workflow": "staffing", "entity": ward.unit(unit), "target": "nurses-needed", "tier": tier}
    more = {"output": {"shifts": [{"shift": "2026-11-21/day"} | shift]}, "seen": {"at": iso(hands.NOW)}, "versions": {}}
    ward.append(ward.draft("prediction.made", ward.clock.now(), payload | more, about=About(unit=ward.unit(unit))))


def test_without_any_roster_the_number_is_a_dash_and_not_zero(hands) -> None:
    ward = hands.make_ward()
    need_of(ward, hands, "ed", {"needed": {"base": 8, "high": 9}})
    with hands.opened(ward) as client:
        tile = nurses(client)
    assert '<span class="number">\N{EN DASH}</span> <span class="of">no roster told</span>' in tile
    assert "needs" not in tile


def test_where_the_need_of_some_units_is_known_the_tile_names_them(hands) -> None:
    ward = hands.make_ward()
    need_of(ward, hands, "ed", {"needed": {"base": 8, "high": 9}, "rostered": 8})
    need_of(ward, hands, "4a", {"rostered": 6, "needed": {}})
    with hands.opened(ward) as client:
        tile = nurses(client)
    assert "Enough for Emergency department" in tile
    assert "Every unit has the nurses it needs" not in tile


def test_more_arrivals_than_the_grid_goes_never_read_as_enough(hands) -> None:
    ward = hands.make_ward()
    need_of(ward, hands, "ed", {"needed": {"base": 8, "high": 8}, "rostered": 8, "beyond_grid": ["base", "high"]})
    with hands.opened(ward) as client:
        tile, page = nurses(client), " ".join(client.get("/").text.split())
    assert "Enough" not in tile
    assert "Watch" in tile
    assert "Emergency department: more patients expected than the staffing grid goes" in tile
    assert "Every unit has the nurses it needs" not in page


def test_a_grid_that_ends_before_a_high_day_is_watched_and_before_a_surge_is_not(hands) -> None:
    for beyond, word in ((["high", "surge"], "Watch"), (["surge"], "On plan")):
        ward = hands.make_ward()
        need_of(ward, hands, "ed", {"needed": {"base": 8, "high": 8}, "rostered": 8, "beyond_grid": beyond})
        with hands.opened(ward) as client:
            assert word in nurses(client)


def test_a_unit_that_is_short_and_beyond_the_grid_says_both(hands) -> None:
    ward = hands.make_ward()
    need_of(ward, hands, "ed", {"needed": {"base": 8, "high": 8}, "rostered": 6, "beyond_grid": ["base", "high"]})
    with hands.opened(ward) as client:
        tile = nurses(client)
    assert "2 short: Emergency department 2" in tile
    assert "more patients expected than the staffing grid goes" in tile
    assert "Escalate" in tile
