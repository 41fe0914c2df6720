"""Times, ages, numbers and words of severity as people read them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardwise.hospital.role import Role
from wardwise.surfaces import wording
from wardwise.surfaces.web import words
from wardwise.surfaces.web.badge import LASTS, Badge, read, signed
from wardwise.surfaces.web.board.severity import Severity, Thresholds, thresholds_of, worst
from wardwise.surfaces.web.sparkline import HEIGHT, WIDTH, points
from wardwise.surfaces.web.strings import STRINGS, say

NOW = datetime(2026, 11, 21, 20, 12, tzinfo=UTC)
ZONE = "America/Chicago"
KEY = b"k" * 32


@pytest.mark.parametrize(
    ("at", "read_as"),
    [
        (NOW, "14:12"),
        (NOW + timedelta(hours=9), "23:12"),
        (NOW + timedelta(hours=10), "Sun 22 Nov 00:12"),
        (NOW - timedelta(hours=15), "Fri 20 Nov 23:12"),
    ],
)
def test_a_time_is_local_and_has_its_date_where_it_is_not_today(at: datetime, read_as: str) -> None:
    assert words.clock(at, now=NOW, zone=ZONE) == read_as


@pytest.mark.parametrize(
    ("seconds", "read_as"),
    [(-5, "0 s"), (11, "11 s"), (360, "6 min"), (6480, "1 h 48 min"), (7200, "2 h"), (273_600, "3 d 4 h")],
)
def test_an_age_is_told_in_two_measures_at_most(seconds: int, read_as: str) -> None:
    assert wording.span(timedelta(seconds=seconds)) == read_as


def test_the_last_minute_counts_as_one_until_it_is_over() -> None:
    assert words.left(timedelta(seconds=1)) == "1 min"
    assert words.left(timedelta(0)) == "0 min"
    assert words.left(timedelta(minutes=43)) == "43 min"


def test_a_negative_number_has_a_true_minus_sign() -> None:
    assert words.whole(-3.6) == "\N{MINUS SIGN}4"
    assert words.signed(2) == "+2"


@pytest.mark.parametrize(
    ("occupied", "word"),
    [(84, Severity.PLAN), (85, Severity.WATCH), (92, Severity.TIGHT), (99, Severity.TIGHT), (100, Severity.ESCALATE)],
)
def test_the_word_for_beds_changes_at_the_declared_shares(occupied: int, word: Severity) -> None:
    assert Thresholds().of_beds(occupied, 100) is word


def test_a_ward_without_open_beds_has_no_word() -> None:
    assert Thresholds().of_beds(0, 0) is Severity.UNKNOWN


@pytest.mark.parametrize(
    ("gap", "high", "word"),
    [(0, 0, Severity.PLAN), (0, -1, Severity.WATCH), (-1, -2, Severity.TIGHT), (-2, -3, Severity.ESCALATE)],
)
def test_the_word_for_nurses_follows_the_gap_and_then_the_high_need(gap: int, high: int, word: Severity) -> None:
    assert Thresholds().of_nurses(gap, high) is word


def test_a_site_may_write_its_own_thresholds(hands) -> None:
    site = hands.site_of()
    flows = {
        "staffing": site.workflows["staffing"].model_copy(update={"thresholds": {"board_beds_watch": Decimal("0.5")}})
    }
    written = thresholds_of(site.model_copy(update={"workflows": flows}))
    assert written.of_beds(50, 100) is Severity.WATCH
    assert written.of_beds(93, 100) is Severity.TIGHT


def test_the_worst_word_wins_and_no_words_are_no_number() -> None:
    assert worst([Severity.PLAN, Severity.TIGHT, Severity.WATCH]) is Severity.TIGHT
    assert worst([]) is Severity.UNKNOWN


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=60))
def test_a_sparkline_stays_in_its_box(marks: list[int]) -> None:
    pairs = [tuple(map(float, pair.split(","))) for pair in points(marks).split()]
    assert len(pairs) == len(marks)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in pairs)


@given(st.sampled_from(list(Role)), st.text(min_size=1, max_size=60))
def test_a_badge_is_read_back_as_it_was_signed(role: Role, actor: str) -> None:
    badge = Badge(role, actor)
    assert read(KEY, signed(KEY, badge, NOW), NOW + timedelta(hours=1)) == badge


@given(st.integers(0, 400), st.sampled_from("ABCxyz09-_.=~"))
def test_a_badge_with_another_character_is_no_badge(place: int, other: str) -> None:
    cookie = signed(KEY, Badge(Role.NURSE, "AB"), NOW)
    place %= len(cookie) - 1  # the last character of base 64 holds bits that count for nothing
    changed = cookie[:place] + other + cookie[place + 1 :]
    found = read(KEY, changed, NOW)
    assert found is None or changed == cookie or found == Badge(Role.NURSE, "AB")
    assert read(b"another key" * 3, cookie, NOW) is None


@pytest.mark.parametrize("cookie", [None, "", ".", "a.b", "\N{SNOWMAN}.x", "e30.e30"])
def test_what_is_no_badge_reads_as_nobody(cookie: str | None) -> None:
    assert read(KEY, cookie, NOW) is None


def test_a_badge_runs_out() -> None:
    cookie = signed(KEY, Badge(Role.NURSE, "AB"), NOW)
    assert read(KEY, cookie, NOW + LASTS) is not None
    assert read(KEY, cookie, NOW + LASTS + timedelta(seconds=1)) is None


def test_every_sentence_is_said_once_its_facts_are_there() -> None:
    assert say("advice.counts", open=3, held=1) == "3 open, 1 held back as repeats"
    assert all(text == text.strip() for text in STRINGS.values())


def test_a_sentence_without_its_actor_has_no_doubled_space() -> None:
    said = say("answer.accepted", role="Charge nurse", actor="", at="14:12")
    assert said == "Accepted by Charge nurse, 14:12"
