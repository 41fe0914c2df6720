from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sites.small_site import problems_of

from wardwise.errors import ImpossibleValue
from wardwise.sites.broken import BrokenFiles
from wardwise.sites.policies import Filed, Policies, read_policies, read_region
from wardwise.sites.policy import Level, Policy

CHICAGO = "America/Chicago"


def policy(value: object, start: str, end: str | None = None, **more: str) -> Filed:
    return Filed(
        Policy.model_validate(
            {"id": "ratio", "value": value, "from": start, "to": end, "source": "Plan", "owner": "CNO", **more}
        )
    )


GENERAL = policy(5, "2020-01-01")
REGION = policy(4, "2021-01-01", region="north")
SITE = policy(3, "2022-01-01", "2023-12-31", site="demo")
UNIT = policy(2, "2023-01-01", site="demo", unit="icu")
ALL = Policies.of((UNIT, GENERAL, SITE, REGION), zone=CHICAGO, site="demo")


@pytest.mark.parametrize(
    ("day", "unit", "value"),
    [
        ("2020-01-01", None, 5),
        ("2021-06-01", None, 4),
        ("2022-01-01", None, 3),
        ("2023-12-31", None, 3),
        ("2024-01-01", None, 4),  # the site's has ended, the region's counts again
        ("2022-12-31", "icu", 3),
        ("2023-01-01", "icu", 2),
        ("2023-01-01", "demo/icu", 2),
        ("2023-01-01", "4a", 3),
    ],
)
def test_the_most_specific_value_of_that_day_counts(day: str, unit: str | None, value: int) -> None:
    found = ALL.value("ratio", at=date.fromisoformat(day), unit=unit)
    assert found.number == value


def test_an_instant_is_resolved_to_the_local_day() -> None:
    last_evening = datetime(2022, 1, 1, 5, 59, tzinfo=UTC)  # 23:59 in Chicago
    assert ALL.value("ratio", at=last_evening).number == 4
    assert ALL.value("ratio", at=last_evening + timedelta(minutes=1)).number == 3


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ImpossibleValue, match="without a zone"):
        ALL.value("ratio", at=datetime(2022, 1, 1, 12))


def test_a_day_before_every_value_says_from_when_there_is_one() -> None:
    with pytest.raises(ImpossibleValue, match=r"no value valid on 2019-12-31 .*2020-01-01 to now"):
        ALL.value("ratio", at=date(2019, 12, 31))


def test_an_unknown_policy_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(ImpossibleValue, match="Did you mean `ratio`"):
        ALL.value("ration", at=date(2022, 1, 1))


def test_a_policy_cites_its_source() -> None:
    assert ALL.value("ratio", at=date(2022, 1, 1)).citation == "Plan, in force from 2022-01-01"


def test_another_sites_policy_does_not_count_here() -> None:
    other = policy(9, "2020-01-01", site="elsewhere")
    assert Policies.of((GENERAL, other), zone=CHICAGO, site="demo").value("ratio", at=date(2022, 1, 1)).number == 5


def test_two_equally_specific_values_of_one_day_are_refused_with_both_lines(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(
        "- {id: ratio, value: 4, from: 2020-01-01, to: 2022-01-01, source: S, owner: O}\n"
        "- {id: other, value: 4, from: 2020-01-01, source: S, owner: O}\n"
        "- {id: ratio, value: 5, from: 2022-01-01, source: S, owner: O}\n"
    )
    with pytest.raises(BrokenFiles, match=rf"{file}:3: ratio: is valid at the same time as.*{file}:1"):
        Policies.of(read_policies(file), zone=CHICAGO)
    file.write_text(file.read_text().replace("to: 2022-01-01", "to: 2021-12-31"))
    assert Policies.of(read_policies(file), zone=CHICAGO).ids == {"ratio", "other"}


def test_values_of_one_id_in_different_measures_are_refused() -> None:
    with pytest.raises(BrokenFiles, match="differs in measure or shape"):
        Policies.of((GENERAL, policy(2, "2022-01-01", site="demo", ucum="h")), zone=CHICAGO, site="demo")
    with pytest.raises(BrokenFiles, match="differs in measure or shape"):
        Policies.of((GENERAL, policy("many", "2022-01-01", site="demo")), zone=CHICAGO, site="demo")


@pytest.mark.parametrize(
    ("entry", "line", "field", "what"),
    [
        ("{id: a, value: 1, from: 2020-13-01, source: S, owner: O}", 1, "0.from", "`2020-13-01` is not a date"),
        ("{id: a, value: 1, from: 2020, source: S, owner: O}", 1, "0.from", "`2020` is not a date"),
        ("{id: a, value: 1, from: 2020-02-01, to: 2020-01-31, source: S, owner: O}", 1, "0.to", "is before"),
        ("{id: a, value: true, from: 2020-01-01, source: S, owner: O}", 1, "0.value", "a number or text"),
        ("{id: a, value: [], from: 2020-01-01, source: S, owner: O}", 1, "0.value", "without rows"),
        ("{id: a, value: [{x: 1}, {y: 1}], from: 2020-01-01, source: S, owner: O}", 1, "0.value.1", "other columns"),
        ("{id: a, value: [{x: [1]}], from: 2020-01-01, source: S, owner: O}", 1, "0.value.0.x", "a number or text"),
        ("{id: a, value: 1, from: 2020-01-01, owner: O}", 1, "0.source", "is missing"),
        ("{id: a, value: 1, ucum: per hour, from: 2020-01-01, source: S, owner: O}", 1, "0.ucum", "not a UCUM"),
        ("{id: a, value: 1, unit: icu, from: 2020-01-01, source: S, owner: O}", 1, "0.unit", "without `site`"),
    ],
)
def test_a_broken_policy_is_named(tmp_path: Path, entry: str, line: int, field: str, what: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(f"- {entry}\n")
    facts = problems_of(lambda: read_policies(file))[0].facts
    assert (facts["line"], facts["field"]) == (line, field)
    assert what in str(facts["what"])


def test_a_table_comes_back_as_rows_of_exact_numbers(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("- {id: grid, value: [{shift: day, upto: 0.1}], from: 2020-01-01, source: S, owner: O}\n")
    found = Policies.of(read_policies(file), zone=CHICAGO).value("grid", at=date(2022, 1, 1))
    assert found.rows == ({"shift": "day", "upto": Decimal("0.1")},)
    with pytest.raises(ImpossibleValue, match="not a number"):
        _ = found.number


def test_a_region_file_speaks_for_its_workflows_below_the_site(tmp_path: Path) -> None:
    file = tmp_path / "region.yaml"
    file.write_text(
        "region: north\nworkflows:\n  staffing:\n"
        "    - {id: ratio, value: 7, from: 2020-01-01, source: Region, owner: O}\n"
    )
    (entry,) = read_region(file)["staffing"]
    assert (entry.policy.level, entry.line) == (Level.REGION, 4)
    assert Policies.of((GENERAL, entry), zone=CHICAGO).value("ratio", at=date(2022, 1, 1)).number == 7


def test_the_version_is_the_content_and_not_its_order() -> None:
    again = Policies.of((GENERAL, REGION, SITE, UNIT), zone=CHICAGO, site="demo")
    changed = Policies.of((GENERAL, REGION, SITE), zone=CHICAGO, site="demo")
    assert again.version == ALL.version != changed.version


DAYS = st.dates(date(2020, 1, 1), date(2020, 3, 1))
SPANS = st.lists(st.tuples(DAYS, st.integers(0, 30)), min_size=1, max_size=6)


@given(spans=SPANS, day=DAYS)
def test_on_any_day_there_is_one_answer_or_the_files_are_refused(spans: list[tuple[date, int]], day: date) -> None:
    filed = [
        policy(number, start.isoformat(), (start + timedelta(days=length)).isoformat())
        for number, (start, length) in enumerate(spans)
    ]
    valid = [each.policy for each in filed if each.policy.holds_on(day)]
    try:
        policies = Policies.of(filed, zone=CHICAGO)
    except BrokenFiles:
        assert len(filed) > 1
        return
    assert len(valid) <= 1
    if valid:
        assert policies.value("ratio", at=day) == valid[0]
    else:
        with pytest.raises(ImpossibleValue):
            policies.value("ratio", at=day)
