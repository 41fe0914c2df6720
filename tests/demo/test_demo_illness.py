import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardwise.demo.course import Course, Signs, body, signs
from wardwise.demo.flow import stays
from wardwise.demo.rounds import Observed, sets
from wardwise.demo.setting import Setting
from wardwise.hospital.vital import VITALS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def news2(found: Signs) -> int | None:
    """NEWS2 (RCP 2017), scale 1, written here again as an oracle; None when an input is missing."""
    values = [getattr(found, name) for name in Signs.__dataclass_fields__ if name != "diastolic"]
    if None in values:
        return None
    assert found.respiratory is not None
    assert found.temperature is not None
    return (
        band(found.respiratory, (8, 3), (11, 1), (20, 0), (24, 2), (999, 3))
        + band(found.spo2 or 0, (91, 3), (93, 2), (95, 1), (100, 0))
        + 2 * bool(found.oxygen)
        + band(found.systolic or 0, (90, 3), (100, 2), (110, 1), (219, 0), (999, 3))
        + band(found.pulse or 0, (40, 3), (50, 1), (90, 0), (110, 1), (130, 2), (999, 3))
        + 3 * (found.consciousness != "A")
        + band(int(found.temperature * 10), (350, 3), (360, 1), (380, 0), (390, 1), (999, 2))
    )


def band(value: int, *tops: tuple[int, int]) -> int:
    return next(points for top, points in tops if value <= top)


@pytest.fixture(scope="module")
def observed(longer: Setting) -> list[Observed]:
    found = []
    for seed in (1, 2, 3, 4):
        one = replace(longer, seed=seed)
        found += [seen for stay in stays(one) for seen in sets(one, stay)]
    return found


def test_a_sober_share_of_ward_sets_calls_for_a_nurse_and_a_smaller_one_for_a_team(
    observed: list[Observed], longer: Setting
) -> None:
    wards = {place.id for place in longer.of_kind("ward")}
    scores = [score for seen in observed if seen.spot.unit in wards and (score := news2(seen.signs)) is not None]
    assert 0.03 <= sum(score >= 5 for score in scores) / len(scores) <= 0.06
    assert 0.01 <= sum(score >= 7 for score in scores) / len(scores) <= 0.035


def test_intensive_care_is_watched_hourly_and_wards_every_four_hours(observed: list[Observed], longer: Setting) -> None:
    gaps: dict[str, list[timedelta]] = {"icu": [], "ward": []}
    kinds = {place.id: place.kind for place in longer.places}
    for one, other in itertools.pairwise(observed):
        kind = kinds[one.spot.unit]
        if one.stay == other.stay and one.spot == other.spot and kind in gaps and other.at > one.at:
            gaps[kind].append(other.at - one.at)
    middle = {kind: sorted(found)[len(found) // 2] for kind, found in gaps.items()}
    assert timedelta(minutes=50) < middle["icu"] < timedelta(minutes=70)
    assert timedelta(hours=3.5) < middle["ward"] < timedelta(hours=4.5)


def test_a_deterioration_takes_hours_and_shows_in_the_score() -> None:
    course = Course(((NOON, 0.05),)).with_episode(NOON + HOUR, 8 * HOUR, peak=0.95, fall=20 * HOUR)
    levels = [course.level(NOON + hour * HOUR) for hour in range(10)]
    assert levels == sorted(levels)
    assert max(later - one for one, later in itertools.pairwise(levels)) < 0.2
    bodies = [body(Random(n), chronic=False, years=50) for n in range(40)]  # noqa: S311
    scores = [news2(signs(Random(n), of, level)) for n, of in enumerate(bodies) for level in levels]  # noqa: S311
    first, last = scores[0::10], scores[9::10]
    assert sum(score is not None and score >= 5 for score in first) <= 2
    assert sum(score is not None and score >= 7 for score in last) >= 36


@given(st.integers(0, 10_000), st.floats(0, 1.2), st.floats(0, 97))
def test_every_sign_can_be_measured_on_a_living_person(seed: int, level: float, years: float) -> None:
    found = signs(Random(seed), body(Random(seed), chronic=seed % 2 == 0, years=years), level)  # noqa: S311
    named = {
        "respiratory-rate": found.respiratory,
        "spo2": found.spo2,
        "systolic": found.systolic,
        "diastolic": found.diastolic,
        "pulse": found.pulse,
        "temperature": found.temperature,
    }
    for code, value in named.items():
        assert VITALS[code].plausible(Decimal(str(value)))
    assert (found.diastolic or 0) < (found.systolic or 0)
