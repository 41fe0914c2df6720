"""How much a rule would say: counted on literals, with repeats held back and small groups kept back."""

from datetime import UTC, datetime, timedelta

import pytest

from wardwise.rehearse.burden.figures import burden, by_group
from wardwise.rehearse.burden.watched import Moment, Rule, Saying, Watched, alerts

START = datetime(2026, 3, 1, tzinfo=UTC)
FOUR_HOURS = timedelta(hours=4)


def watched(patient: str, ranks: str, *, hours: float = 1.0, unit: str = "4a") -> Watched:
    """A patient with a moment an hour; each figure is the rank there, a dot nothing to say."""
    return Watched(
        patient,
        tuple(
            Moment(START + timedelta(hours=n), hours, {"unit": unit}, {"rank": None if each == "." else int(each)})
            for n, each in enumerate(ranks)
        ),
    )


def rule(moment: Moment) -> Saying | None:
    return None if moment.found["rank"] is None else Saying(moment.found["rank"], FOUR_HOURS)


def never(_moment: Moment) -> Saying | None:
    return None


@pytest.mark.parametrize(
    ("ranks", "given"),
    [
        ("....", "...."),
        ("1111", "!..."),
        ("11111", "!...!"),  # four hours on, it may be said again
        ("1121", "!.!."),  # graver is said at once, and holds back what is less grave
        ("2111.", "!...."),
    ],
)
def test_what_was_said_holds_back_what_is_no_graver(ranks: str, given: str) -> None:
    assert alerts(watched("p", ranks).moments, rule) == [each == "!" for each in given]


def test_rates_are_alerts_over_the_hours_of_all_patients_with_an_interval_around() -> None:
    told = burden([watched("a", "1..."), watched("b", "...."), watched("a", "1..1", hours=2.0)], rule, seed=7)
    assert (told["n"], told["patient_hours"], told["alerts"]) == (2, 16.0, 2)
    assert told["per_100_patient_hours"] == 12.5
    assert told["per_patient_shift"] == 1.5
    assert told["patients_alerted"] == 0.5
    assert told["per_100_patient_hours_low"] <= 12.5 <= told["per_100_patient_hours_high"]
    assert burden([watched("a", "1...")], rule, seed=7) == burden([watched("a", "1...")], rule, seed=7)


@pytest.mark.parametrize("nobody", [[], [watched("a", "1", hours=0.0)]])
def test_without_hours_there_is_no_rate(nobody: list[Watched]) -> None:
    assert burden(nobody, rule, seed=7)["per_100_patient_hours"] is None


@pytest.mark.parametrize(("silent", "alerted"), [(never, 0), (rule, 10)])
def test_a_group_of_fewer_than_ten_patients_is_only_counted(silent: Rule, alerted: int) -> None:
    many = [watched(f"p{n}", "1...") for n in range(10)]
    few = [watched(f"q{n}", "1...", unit="icu") for n in range(9)]
    told = by_group([*many, *few], silent, seed=7)["unit"]
    assert told["icu"] == {"n": 9}
    assert (told["4a"]["n"], told["4a"]["alerts"]) == (10, alerted)
