"""NEWS2 on every edge of every band, as the RCP chart of 2017 prints it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardwise.workflows.deterioration.news2 import INPUTS, Band, Missing, Spo2Scale, band_of, news2

WELL: dict[str, Decimal | str] = {
    "respiratory-rate": Decimal(16),
    "spo2": Decimal(97),
    "oxygen": "air",
    "systolic": Decimal(120),
    "pulse": Decimal(70),
    "consciousness": "alert",
    "temperature": Decimal("37.0"),
}

EDGES = {
    "respiratory-rate": "0:3 8:3 9:1 11:1 12:0 20:0 21:2 24:2 25:3 60:3",
    "spo2": "60:3 91:3 92:2 93:2 94:1 95:1 96:0 100:0",
    "systolic": "50:3 90:3 91:2 100:2 101:1 110:1 111:0 219:0 220:3 300:3",
    "pulse": "20:3 40:3 41:1 50:1 51:0 90:0 91:1 110:1 111:2 130:2 131:3 220:3",
    "temperature": "30.0:3 35.0:3 35.1:1 36.0:1 36.1:0 38.0:0 38.1:1 39.0:1 39.1:2 42.0:2",
}
SCALE_2_AIR = "83:3 84:2 85:2 86:1 87:1 88:0 92:0 93:0 94:0 96:0 97:0 100:0"
SCALE_2_OXYGEN = "83:3 84:2 85:2 86:1 87:1 88:0 92:0 93:1 94:1 95:2 96:2 97:3 100:3"


def edges(text: str) -> list[tuple[Decimal, int]]:
    return [(Decimal(value), int(points)) for value, points in (pair.split(":") for pair in text.split())]


@pytest.mark.parametrize(
    ("code", "value", "points"), [(code, *edge) for code, text in EDGES.items() for edge in edges(text)]
)
def test_every_band_edge_of_the_chart(code: str, value: Decimal, points: int) -> None:
    score = news2({**WELL, code: value})
    assert score.components == {**dict.fromkeys(INPUTS, 0), code: points}
    assert score.score == points


@pytest.mark.parametrize(("value", "points"), edges(SCALE_2_AIR))
def test_every_edge_of_spo2_scale_2_on_air(value: Decimal, points: int) -> None:
    assert news2({**WELL, "spo2": value}, scale=Spo2Scale.TWO).components["spo2"] == points


@pytest.mark.parametrize(("value", "points"), edges(SCALE_2_OXYGEN))
def test_every_edge_of_spo2_scale_2_on_oxygen(value: Decimal, points: int) -> None:
    score = news2({**WELL, "spo2": value, "oxygen": "oxygen"}, scale=Spo2Scale.TWO)
    assert score.components["spo2"] == points
    assert score.score == points + 2


@pytest.mark.parametrize(
    ("word", "points"), [("alert", 0), ("confusion", 3), ("voice", 3), ("pain", 3), ("unresponsive", 3)]
)
def test_anything_but_alert_scores_three(word: str, points: int) -> None:
    assert news2({**WELL, "consciousness": word}).components["consciousness"] == points


def test_oxygen_scores_two() -> None:
    assert news2({**WELL, "oxygen": "oxygen"}).score == 2


@pytest.mark.parametrize(
    ("code", "value", "points"),
    [
        ("temperature", "38.04", 0),
        ("temperature", "38.05", 1),
        ("temperature", "35.04", 3),
        ("temperature", "35.05", 1),
        ("spo2", "95.4", 1),
        ("spo2", "95.5", 0),
        ("systolic", "90.4", 3),
        ("systolic", "90.5", 2),
    ],
)
def test_halves_round_upwards_before_scoring(code: str, value: str, points: int) -> None:
    assert news2({**WELL, code: Decimal(value)}).components[code] == points


@pytest.mark.parametrize(
    ("points", "band"),
    [
        ((0, 0, 0), Band.NONE),
        ((1, 0, 0), Band.LOW),
        ((2, 2, 0), Band.LOW),
        ((3, 0, 0), Band.LOW_MEDIUM),
        ((3, 1, 0), Band.LOW_MEDIUM),
        ((2, 2, 1), Band.MEDIUM),
        ((3, 2, 0), Band.MEDIUM),
        ((2, 2, 2), Band.MEDIUM),
        ((3, 3, 1), Band.HIGH),
        ((3, 3, 3), Band.HIGH),
    ],
)
def test_bands_follow_the_thresholds_of_the_chart(points: tuple[int, ...], band: Band) -> None:
    assert band_of(dict(zip(INPUTS, points, strict=False))) is band


@pytest.mark.parametrize("code", INPUTS)
def test_a_missing_input_makes_the_score_incomplete_and_never_zero(code: str) -> None:
    score = news2({k: v for k, v in WELL.items() if k != code}, missing={code: Missing.OLD})
    assert score.score is None
    assert score.band is None
    assert score.missing == {code: Missing.OLD}
    assert code not in score.components


def test_an_input_absent_without_a_reason_was_never_measured() -> None:
    assert set(news2({}).missing.values()) == {Missing.NEVER}


@pytest.mark.parametrize(("code", "value"), [("spo2", Decimal(101)), ("temperature", Decimal(98)), ("oxygen", "yes")])
def test_what_cannot_be_a_measurement_is_missing_and_not_scored(code: str, value: Decimal | str) -> None:
    score = news2({**WELL, code: value})
    assert score.missing == {code: Missing.IMPLAUSIBLE}
    assert score.score is None


def test_scale_2_without_knowing_oxygen_scores_only_what_does_not_depend_on_it() -> None:
    unknown = {k: v for k, v in WELL.items() if k != "oxygen"}
    assert "spo2" not in news2(unknown, scale=Spo2Scale.TWO).components
    assert news2({**unknown, "spo2": Decimal(85)}, scale=Spo2Scale.TWO).components["spo2"] == 2


NUMBERS = {
    "respiratory-rate": (0, 90),
    "spo2": (20, 100),
    "systolic": (20, 320),
    "pulse": (10, 320),
    "temperature": (200, 450),
}


@st.composite
def observations(draw: st.DrawFn) -> dict[str, Decimal | str]:
    tenths = {code: Decimal(draw(st.integers(low, high))) for code, (low, high) in NUMBERS.items()}
    tenths["temperature"] /= 10
    words = {
        "oxygen": draw(st.sampled_from(["air", "oxygen"])),
        "consciousness": draw(st.sampled_from(["alert", "confusion", "voice", "pain", "unresponsive"])),
    }
    return {**tenths, **words}


@given(observations(), st.sampled_from(Spo2Scale))
def test_the_total_is_the_sum_of_its_components_and_within_the_chart(
    values: dict[str, Decimal | str], scale: Spo2Scale
) -> None:
    score = news2(values, scale=scale)
    assert score.score == sum(score.components.values())
    assert set(score.components) == set(INPUTS)
    assert 0 <= score.score <= 20


NORMAL = {"respiratory-rate": (12, 20), "systolic": (111, 219), "pulse": (51, 90), "temperature": (361, 380)}


@given(st.sampled_from(sorted(NORMAL)), st.data())
def test_points_never_fall_as_a_value_moves_away_from_normal(code: str, data: st.DataObject) -> None:
    low, high = NUMBERS[code]
    bottom, top = NORMAL[code]
    step = 10 if code == "temperature" else 1

    def points(value: int) -> int:
        return news2({**WELL, code: Decimal(value) / step}).components[code]

    near, far = sorted(data.draw(st.tuples(st.integers(top, high), st.integers(top, high))))
    assert points(near) <= points(far)
    far, near = sorted(data.draw(st.tuples(st.integers(low, bottom), st.integers(low, bottom))))
    assert points(near) <= points(far)


@given(observations(), st.sets(st.sampled_from(INPUTS), max_size=7))
def test_what_is_known_of_an_incomplete_score_is_a_lower_bound(
    values: dict[str, Decimal | str], gone: set[str]
) -> None:
    whole = news2(values)
    part = news2({code: value for code, value in values.items() if code not in gone})
    assert part.partial <= (whole.score or 0)
    assert (part.score is None) == bool(gone)
