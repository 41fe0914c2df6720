"""Labels: counted by day and unit, and told when they no longer reflect what they did."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from wardwise.govern.data.label_counts import label_drafts
from wardwise.govern.data.labels import FALSE_ALARMS, label_findings
from wardwise.hospital.moment import iso
from wardwise.learn.drift.rate import moved
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.kinds import check
from wardwise.loop.derive.view import View
from wardwise.sites.contract import Contract
from wardwise.sites.label import Label
from wardwise.sites.load import SiteFolder

DAWN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # six in the morning in Chicago
MIDNIGHT = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)  # the day of dawn has had its 24 hours
JULY = datetime(2026, 7, 5, 6, 0, tzinfo=UTC)
LABEL = Label.model_validate(
    {
        "name": "admitted-from-ed",
        "says": "the patient needed a bed",
        "of": "stay.arrived",
        "happens": {"kind": "stay.admitted", "where": {"class": "inpatient"}},
        "settled_by": "stay.discharged",
        "within_hours": 24,
        "late_hours": 2,
        "second": {"kind": "order.placed", "where": {"code": "admit"}},
    }
)
Look = Callable[..., View]


@pytest.fixture
def labelled(folder: SiteFolder) -> Contract:
    return folder.contracts["adt"].model_copy(update={"labels": (LABEL,)})


def with_label(view: View, contract: Contract) -> View:
    folder = replace(view.folder, contracts={**view.folder.contracts, "adt": contract})
    return replace(view, folder=folder, _kept={})


def told(kind: str, number: int, minutes: float, **payload: str) -> Draft:
    about = About(unit="demo/ed", encounter=f"e{number}", patient=f"p{number}")
    at = DAWN + timedelta(minutes=number + minutes)
    return Draft(id=f"{kind}{number}", kind=kind, occurred_at=at, source="adt", about=about, payload=payload)


def arrived(number: int) -> Draft:
    return told("stay.arrived", number, 0, **{"class": "emergency"})


def admitted(number: int, after: float = 60, **more: str) -> Draft:
    return told("stay.admitted", number, after, **({"class": "inpatient"} | more))


def count(seen: Look, contract: Contract, drafts: list[Draft], at: datetime = MIDNIGHT) -> list[Draft]:
    made = list(label_drafts(with_label(seen(sorted(drafts, key=lambda draft: draft.occurred_at), at), contract)))
    for draft in made:
        check(draft)
    return made


def test_a_day_is_counted_when_its_cases_have_had_their_time(seen: Look, labelled: Contract) -> None:
    drafts: list[Draft] = [arrived(n) for n in range(5)]
    drafts += [admitted(0), told("order.placed", 0, 50, code="admit")]  # yes, by both
    drafts += [admitted(1, **{"class": "emergency"}), told("stay.discharged", 1, 90)]  # no: of another class
    drafts += [admitted(2, 25 * 60), told("stay.discharged", 2, 26 * 60)]  # no: a day too late
    drafts += [told("stay.discharged", 3, 90), told("order.placed", 3, 50, code="admit")]  # no, but ordered
    assert count(seen, labelled, drafts, MIDNIGHT - timedelta(minutes=1)) == []
    (made,) = count(seen, labelled, drafts)
    units = {"demo/ed": {"cases": 5, "yes": 1, "missing": 1, "late": 0, "compared": 4, "differ": 1}}
    assert made.payload["units"] == units
    assert (made.payload["from"], made.payload["to"]) == ("2026-03-02T06:00:00.000000Z", "2026-03-03T06:00:00.000000Z")
    assert count(seen, labelled, [*drafts, made]) == []
    assert "e0" not in str(made.payload)


def day(number: int, unit: str = "demo/ed", **counts: int) -> Draft:
    start = datetime(2026, 1, 1, 6, tzinfo=UTC) + timedelta(days=number)
    whole = {"cases": 20, "yes": 5, "missing": 0, "late": 0, "compared": 20, "differ": 0} | counts
    times: dict[str, Any] = {"from": iso(start), "to": iso(start + timedelta(days=1))}
    payload = {"feed": "adt", "label": LABEL.name, "units": {unit: whole}}
    return Draft(
        id=f"g{number}{unit}", kind="label.counted", occurred_at=start + timedelta(days=1), source="x",
        payload=payload | times,
    )  # fmt: skip


def found(seen: Look, contract: Contract, drafts: list[Draft]) -> dict[str, str]:
    view = with_label(seen(drafts, JULY), contract)
    return {each.rule: each.what for each in label_findings(view, contract) if each.found}


def days(last: int = 184, **june: int) -> list[Draft]:
    """From January to June, the days of June with counts of their own."""
    return [day(n, **(june if n >= 151 else {})) for n in range(last)]


def test_a_steady_label_is_no_finding(seen: Look, labelled: Contract) -> None:
    assert found(seen, labelled, days()) == {}


@pytest.mark.parametrize(
    ("june", "rule", "says"),
    [
        ({"yes": 8}, "label-rate", "admitted-from-ed at demo/ed: 40.0% of 600 cases in the last month, 25.0% of 3020"),
        ({"yes": 2}, "label-rate", "10.0% of 600"),
        ({"missing": 2, "yes": 5}, "label-missing", "of the last 28 days have no answer; tolerated are 5%"),
        ({"cases": 40, "missing": 20}, "label-missing", "tolerated are 5%"),  # of those answered as many as before
        ({"late": 1}, "label-late", "were told late; tolerated are 10%"),
        ({"differ": 2}, "label-agreement", "are answered otherwise by its second definition"),
    ],
)
def test_what_no_longer_reflects_what_it_did_is_told_by_name(
    seen: Look, labelled: Contract, june: dict[str, int], rule: str, says: str
) -> None:
    told_of = found(seen, labelled, days(**june))
    assert set(told_of) == {rule}
    assert says in told_of[rule]
    assert told_of[rule].endswith("Director of patient access is to look into it")


def test_it_is_cleared_when_it_is_so_no_longer_and_never_steps_down(seen: Look, labelled: Contract) -> None:
    view = with_label(seen(days(), JULY), labelled)
    every = list(label_findings(view, labelled))
    assert {(each.rule, each.cleared, each.steps_down) for each in every} == {
        (rule, True, False) for rule in ("label-missing", "label-late", "label-agreement", "label-rate")
    }


def test_too_few_cases_say_nothing_of_a_rate(seen: Look, labelled: Contract) -> None:
    view = with_label(seen([day(n, cases=1, yes=1, compared=1) for n in range(140, 184)], JULY), labelled)
    assert [each.rule for each in label_findings(view, labelled) if each.rule == "label-rate"] == []


def test_a_rate_that_chance_may_have_moved_is_no_finding(seen: Look, labelled: Contract) -> None:
    few = [day(n, cases=1, yes=int(n % 5 < 2), compared=1) for n in range(151, 181)]  # 12 of 30 against a quarter
    assert found(seen, labelled, [*(day(n) for n in range(151)), *few]) == {}


def test_clean_months_raise_no_more_than_the_rate_that_is_stated() -> None:
    rng = Random(7)  # noqa: S311 - invented counts
    units, months = 6, 400
    alarms = 0
    for _ in range(months):
        stretches = [[sum(rng.random() < 0.25 for _ in range(n)) for n in (600, 60)] for _ in range(units)]
        alarms += any(moved((before, 600), (now, 60)) <= FALSE_ALARMS / units for before, now in stretches)
    assert alarms / months <= FALSE_ALARMS + 0.02  # two standard deviations of such a count


def test_a_label_of_what_the_feed_does_not_provide_is_refused(labelled: Contract) -> None:
    strange = LABEL.model_copy(update={"of": "note.written"})
    problems = list(labelled.model_copy(update={"labels": (LABEL, strange)}).problems())
    assert [problem.path for problem in problems] == [("labels", 1, "name"), ("labels", 1, "of")]
    assert (("labels", 0), "stay.discharged") in list(labelled.named_kinds())
