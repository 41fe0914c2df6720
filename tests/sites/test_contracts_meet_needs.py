from datetime import datetime
from pathlib import Path

import pytest
from tests.sites.small_site import problems_of

from wardwise.sites.contract import Contract, Needs, unmet
from wardwise.sites.document import read_yaml

CONTRACT = """\
feed: adt
version: 1
owner: EHR team
steward: Access
within_minutes: 5
cadence_minutes: 10
silent_after_minutes: 45
hours:
  - {days: [sat, sun], from: 0, to: 6, cadence_minutes: 30, silent_after_minutes: 120}
provides:
  - kind: stay.arrived
    fields:
      - {name: class, type: text}
      - {name: value, type: decimal, lowest: 0, highest: 9, when: {code: a}}
      - {name: value, type: decimal, lowest: 0, highest: 5, when: {code: b}}
fallback: rule
"""


def contract(folder: Path, text: str = CONTRACT) -> Contract:
    (folder / "adt.yaml").write_text(text)
    return read_yaml(folder / "adt.yaml", Contract)


def needs(*items: dict[str, object]) -> Needs:
    return Needs.model_validate([{"why": "to count", "within_minutes": 5, **item} for item in items])


def test_a_met_need_is_not_spoken_of(tmp_path: Path) -> None:
    asked = needs({"kind": "stay.arrived", "fields": ["class"]}, {"kind": "stay.arrived", "feed": "adt"})
    assert unmet(asked, {"adt": contract(tmp_path)}, workflows=frozenset()) == []


@pytest.mark.parametrize(
    ("need", "path", "what", "remedy"),
    [
        ({"kind": "lab.resulted"}, (0, "kind"), "promised by no contract", "Add it to a feed's contract"),
        ({"kind": "stay.arrived", "fields": ["sex"]}, (0, "fields"), "does not promise `sex`", "do without"),
        ({"kind": "stay.arrived", "within_minutes": 4}, (0, "within_minutes"), "promises 5", "faster feed"),
        ({"kind": "stay.arrived", "feed": "add"}, (0, "feed"), "has no contract here", "Did you mean `adt`?"),
        ({"kind": "prediction.made/census"}, (0, "kind"), "workflow `census`", "Did you mean `censuses`?"),
    ],
)
def test_an_unmet_need_says_what_and_what_to_do(
    tmp_path: Path, need: dict[str, object], path: tuple[object, ...], what: str, remedy: str
) -> None:
    (problem,) = unmet(needs(need), {"adt": contract(tmp_path)}, workflows=frozenset({"censuses"}))
    assert problem.path == path
    assert what in problem.what
    assert remedy in problem.remedy


def test_an_optional_need_may_stay_unmet_and_a_workflow_may_meet_one(tmp_path: Path) -> None:
    asked = needs({"kind": "lab.resulted", "optional": True}, {"kind": "prediction.made/census"})
    assert unmet(asked, {"adt": contract(tmp_path)}, workflows=frozenset({"census"})) == []


@pytest.mark.parametrize(
    ("at", "silent", "cadence"),
    [("2026-03-01 05:59", 120, 30), ("2026-03-01 06:00", 45, 10), ("2026-03-02 05:59", 45, 10)],
)
def test_silence_is_judged_by_the_hour_of_the_week(tmp_path: Path, at: str, silent: int, cadence: int) -> None:
    local = datetime.fromisoformat(at)
    assert (contract(tmp_path).silent_after(local), contract(tmp_path).cadence(local)) == (silent, cadence)


@pytest.mark.parametrize(
    ("find", "put", "line", "field", "what"),
    [
        ("silent_after_minutes: 45", "silent_after_minutes: 9", 7, "silent_after_minutes", "shorter than the cadence"),
        ("to: 6", "to: 0", 9, "hours.0.to", "at least 1"),
        ("from: 0, to: 6", "from: 7, to: 6", 9, "hours.0.to", "is not after `from`"),
        ("[sat, sun]", "[saturday]", 9, "hours.0.days.0", "not one of the choices"),
        ("highest: 9", "highest: -1", 14, "provides.0.fields.1.highest", "is below `lowest`"),
        ("type: decimal, lowest", "type: text, lowest", 14, "provides.0.fields.1.type", "has no range"),
        ("{code: b}", "{code: a}", 15, "provides.0.fields.2.name", "stands twice"),
        ("fallback: rule", "fallback: rules", 16, "fallback", "not one of the choices"),
        ("- kind: stay.arrived", "- kinds: stay.arrived", 11, "provides.0.kind", "is missing"),
    ],
)
def test_a_broken_contract_is_named(tmp_path: Path, find: str, put: str, line: int, field: str, what: str) -> None:
    found = problems_of(lambda: contract(tmp_path, CONTRACT.replace(find, put, 1)))
    said = [str(each.facts["what"]) for each in found if (each.facts["line"], each.facts["field"]) == (line, field)]
    assert any(what in each for each in said), found
