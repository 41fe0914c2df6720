"""What a site lays over a workflow's policies is held against their forms when it is read, never first in a turn."""

import shutil
from pathlib import Path

import pytest
from tests.sites.small_site import problems_of

from wardwise.assemble.site import configure, configured
from wardwise.assemble.stores import WORKER, open_stores, prepare

GRID = "ed_nurse_grid"
RESPONSE = """\
- id: response
  value:
    - {state: medium, indicator: warning, respond_within: 60, repeat_after: 240}
    - {state: high, indicator: critical, respond_within: 30, repeat_after: 240}
  ucum: min
  from: 2026-01-01
  source: Local
  owner: Lead
"""
AGES = """\
- id: input_max_age
  value:
    - {input: pulse, minutes: 60}
  ucum: min
  from: 2026-01-01
  source: Local
  owner: Lead
"""


@pytest.fixture
def site(tmp_path: Path, demo_site: Path) -> Path:
    """A copy of the demo site, to be broken."""
    return Path(shutil.copytree(demo_site, tmp_path / "demo"))


def _said(site: Path) -> list[tuple[int, str, str]]:
    """Line, field, and words with the remedy, of each problem."""
    facts = [problem.facts for problem in problems_of(lambda: configure(site))]
    return [(int(str(each["line"])), str(each["field"]), f"{each['what']}. {each['remedy']}") for each in facts]


@pytest.mark.parametrize(
    ("before", "after", "line", "field", "words"),
    [
        ("id: ed_nurse_grid", "id: ed_nurse_grd", 2, "ed_nurse_grd.id", "Did you mean `ed_nurse_grid`?"),
        (
            "{shift: night, arrivals_up_to: 25",
            "{shift: nigth, arrivals_up_to: 25",
            8,
            f"{GRID}.value.4.shift",
            "`night`?",
        ),
        ("nurses: 6}", "nurses: six}", 4, f"{GRID}.value.0.nurses", "must be a whole number, not `six`"),
        ("nurses: 6}", "nurses: 6.5}", 4, f"{GRID}.value.0.nurses", "must be a whole number, not `6.5`"),
        ("nurses: 6}", "nurses: -6}", 4, f"{GRID}.value.0.nurses", "must be at least 0"),
        (
            "arrivals_up_to: 60",
            "arrivals_up_to: 40",
            5,
            f"{GRID}.value.1",
            "same shift, arrivals_up_to as a row before",
        ),
        ("to: 2025-06-30", "to: 2025-05-31", 13, f"{GRID}.to", "holds from 2025-06-01 to 2025-06-30"),
    ],
)
def test_each_way_of_being_wrong_is_named_with_its_line_and_remedy(
    site: Path, *, before: str, after: str, line: int, field: str, words: str
) -> None:
    file = site / "policies" / "staffing.yaml"
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after, 1))
    found = _said(site)
    assert (line, field) in [each[:2] for each in found]
    assert any(words in each[2] for each in found), found


def test_another_measure_than_the_workflows_is_named(site: Path) -> None:
    file = site / "policies" / "staffing.yaml"
    file.write_text(file.read_text().replace('ucum: "1"', "ucum: min"))
    assert [(line, field) for line, field, words in _said(site) if "Write `ucum: 1`" in words] == [
        (11, f"{GRID}.ucum"),
        (29, f"{GRID}.ucum"),
    ]


def test_a_shift_of_the_site_without_a_row_is_named(site: Path) -> None:
    file = site / "site.yaml"
    hours = "  - {name: night, starts: 19:00, hours: 12}"
    file.write_text(file.read_text().replace(hours, hours.replace("19:00, hours: 12", "19:00, hours: 11") + LAST_HOUR))
    assert {words for _, _, words in _said(site)} == {"has no row for the shift `late`. Add one; each must have a row"}


LAST_HOUR = "\n  - {name: late, starts: 06:00, hours: 1}"


def test_a_last_value_that_ends_is_named_for_the_starting_value_would_count_unnoticed(site: Path) -> None:
    file = site / "policies" / "staffing.yaml"
    file.write_text(file.read_text().replace("from: 2025-07-01", "from: 2025-07-01\n  to: 2030-12-31"))
    ((line, field, words),) = _said(site)
    assert (line, field) == (31, f"{GRID}.to")
    assert "nothing of the site's own holds from 2031-01-01 on" in words


def test_a_units_own_value_may_end_where_the_sites_own_goes_on(site: Path) -> None:
    file = site / "policies" / "staffing.yaml"
    own = "- {id: notice, value: 90, ucum: min, from: 2026-01-01, source: S, owner: O}\n"
    for_a_time = (
        "- {id: notice, value: 60, ucum: min, from: 2026-01-01, to: 2026-02-01, source: S, owner: O, unit: ed}\n"
    )
    file.write_text(file.read_text() + own + for_a_time)
    assert configure(site).workflows["staffing"].policies.ids >= {"notice"}


@pytest.mark.parametrize(
    ("before", "after", "field", "words"),
    [
        ("indicator: warning", "indicator: red", "response.value.0.indicator", "Choose from: `critical`"),
        ("state: medium", "state: medum", "response.value.0.state", "Did you mean `medium`?"),
        ("respond_within: 60", "respond_within: sixty", "response.value.0.respond_within", "not `sixty`"),
        ("repeat_after: 240", "repeat_aftr: 240", "response.value.0.repeat_aftr", "`repeat_after`"),
    ],
)
def test_a_response_that_no_turn_could_give_is_refused(
    site: Path, *, before: str, after: str, field: str, words: str
) -> None:
    (site / "policies" / "deterioration.yaml").write_text(RESPONSE.replace(before, after, 1))
    found = _said(site) if "aftr" not in after else _said_of_all_rows(site, before, after)
    assert (3, field) in [each[:2] for each in found]
    assert any(words in each[2] for each in found), found


def _said_of_all_rows(site: Path, before: str, after: str) -> list[tuple[int, str, str]]:
    (site / "policies" / "deterioration.yaml").write_text(RESPONSE.replace(before, after))
    return _said(site)


def test_ages_of_one_input_alone_are_refused_and_the_others_named(site: Path) -> None:
    (site / "policies" / "deterioration.yaml").write_text(AGES)
    found = _said(site)
    assert {field for _, field, _ in found} == {"input_max_age.value"}
    assert len(found) == 6
    assert any("the input `consciousness`" in words for _, _, words in found)


def test_a_configuration_that_once_held_is_still_read_for_replay(site: Path, tmp_path: Path) -> None:
    found = configure(site)
    policies = dict(found.folder.overlays)
    misspelt = [each.policy.model_copy(update={"id": "ed_nurse_grd"}) for each in policies["staffing"]]
    snapshot = type(found.folder)(
        found.folder.site,
        found.folder.mappings,
        found.folder.contracts,
        {"staffing": tuple(type(policies["staffing"][0])(each) for each in misspelt)},
    ).snapshot()
    prepare(tmp_path / "data")
    with open_stores(tmp_path / "data", WORKER) as stores:
        digest = stores.artefacts.put(snapshot)
        stores.artefacts.sign(digest, stores.keys.signing, facts={"site": "demo"})
        assert "ed_nurse_grd" in configured(stores, digest).workflows["staffing"].policies.ids
