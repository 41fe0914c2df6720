"""What came of advice: the move to critical care, the answer, the minutes to it, the burden; and policies by unit."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from wardwise.assemble.workflows import found_workflows, load_workflows
from wardwise.govern.runtime.gate import Gate
from wardwise.hospital.moment import from_iso
from wardwise.loop.capture.instant import Instant
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View
from wardwise.loop.verify.docket import Docket
from wardwise.rehearse.story.form import Step, Story
from wardwise.rehearse.story.play import Stage, play
from wardwise.sites.load import SiteFolder, load_site
from wardwise.sites.policies import Filed, read_policies
from wardwise.stores.memory.log import MemoryLog
from wardwise.workflows.deterioration.population import age_in_years

SICK = "08:00 4a/12 respiratory rate 26, saturation 93, on oxygen, systolic 105, pulse 112, alert, temperature 38.2"
ADMITTED = "yesterday 08:00 4a/12 admitted, 71 years"


@pytest.fixture(scope="module")
def site() -> SiteFolder:
    return load_site(Path(__file__).parents[3] / "sites" / "demo")


def story(*later: str, given: tuple[str, ...] = (ADMITTED, SICK)) -> Story:
    steps = [{"given": list(later), "when": "next day 08:00", "then": [{"for": "nowhere"}]}] if later else []
    first = {"story": "x", "given": list(given), "when": "08:01", "then": [{"for": "4a/12", "advice": "high"}]}
    return Story.model_validate({**first, "later": steps})


def outcomes(site: SiteFolder, told: Story) -> dict[str, dict[str, Any]]:
    """The measures of the first advice of a story, taken two days on."""
    stage = Stage(site, load_workflows(site)["deterioration"], MemoryLog(), Gate())
    assert play(told, stage) == []
    events = stage.log.read("demo")
    first = next(event for event in events if event.kind == "advice.given")
    docket = Docket([stage.workflow])
    docket.add([first])
    head = stage.log.head("demo")
    at = first.occurred_at + timedelta(hours=30)
    view = View(site, Instant(at, head.position), History(stage.log, "demo"), stage.shelf)
    return {str(draft.payload["measure"]): dict(draft.payload) for draft in docket.measure(view)}


def test_a_move_to_intensive_care_within_a_day_makes_the_advice_right(site: SiteFolder) -> None:
    measured = outcomes(site, story("14:00 4a/12 moved to icu/3"))["critical_care_within_24h"]
    assert (measured["value"], measured["detail"]) == ("1", {"happened": "critical-care"})


def test_advice_that_ended_before_an_answer_is_neither_acted_on_nor_passed_over(site: SiteFolder) -> None:
    left = {"given": ["08:30 4a/12 discharged, home"], "when": "08:31", "then": [{"ended": "left"}]}
    measured = outcomes(site, story().model_copy(update={"later": (Step.model_validate(left),)}))
    assert measured["acted_on"].get("value") is None
    assert measured["acted_on"]["detail"] == {"happened": "ended"}
    assert measured["minutes_to_response"]["detail"] == {"happened": "ended"}


def test_a_death_counts_and_a_move_to_another_ward_does_not(site: SiteFolder) -> None:
    assert outcomes(site, story("14:00 4a/12 discharged, died"))["critical_care_within_24h"]["value"] == "1"
    assert outcomes(site, story("14:00 4a/12 moved to 4b/3"))["critical_care_within_24h"]["value"] == "0"


def test_the_minutes_to_the_first_answer_stand_beside_those_allowed(site: SiteFolder) -> None:
    measured = outcomes(site, story("08:13 charge-nurse accepts 4a/12"))
    assert float(measured["minutes_to_response"]["value"]) == pytest.approx(12, abs=0.01)
    assert float(measured["minutes_to_response"]["expected"]) == 30
    assert measured["acted_on"]["value"] == "1"


def test_no_answer_is_no_number_and_not_a_zero(site: SiteFolder) -> None:
    measured = outcomes(site, story())
    assert "value" not in measured["minutes_to_response"]
    assert measured["acted_on"]["value"] == "0"


def test_the_burden_is_per_hundred_patient_days_against_its_ceiling(site: SiteFolder) -> None:
    measured = outcomes(site, story())["advice_per_100_patient_days"]
    assert float(measured["value"]) == pytest.approx(100, rel=0.01)  # one advice, one patient, one day
    assert measured["expected"] == "50"
    window = from_iso(measured["to"]) - from_iso(measured["from"])
    assert window == timedelta(hours=24)


@pytest.mark.parametrize(
    ("born", "years"),
    [(date(2010, 3, 2), 16), (date(2010, 3, 3), 15), (date(1955, 3, 1), 71), (date(2008, 2, 29), 18)],
)
def test_age_is_in_completed_years_of_the_local_day(born: date, years: int) -> None:
    at = from_iso("2026-03-03T05:00:00Z")  # still 2 March in Chicago
    assert age_in_years(born, at, "America/Chicago") == years


def with_policy(site: SiteFolder, name: str, **changes: Any) -> SiteFolder:
    """The site with one of the workflow's policies overlaid."""
    general = read_policies(found_workflows()["deterioration"].folder / "policy.yaml")
    own = next(each.policy for each in general if each.policy.id == name)
    overlay = Filed(own.model_copy(update={"site": "demo", **changes}))
    return replace(site, overlays={**site.overlays, "deterioration": (overlay,)})


def test_a_unit_may_allow_less_time_for_its_measurements(site: SiteFolder) -> None:
    rows = read_policies(found_workflows()["deterioration"].folder / "policy.yaml")[0].policy.rows
    short = tuple({**row, "minutes": Decimal(30)} for row in rows)
    strict = with_policy(site, "input_max_age", value=short, unit="4a")
    sick = {"story": "x", "given": [ADMITTED, SICK], "when": "08:31"}
    old = Story.model_validate(
        {**sick, "then": [{"for": "4a/12", "advice": "none", "prediction": {"state": "incomplete", "partial": 0}}]}
    )
    assert play(old, Stage(strict, load_workflows(strict)["deterioration"], MemoryLog(), Gate())) == []
    fresh = Story.model_validate({**sick, "when": "08:29", "then": [{"for": "4a/12", "advice": "high"}]})
    assert play(fresh, Stage(strict, load_workflows(strict)["deterioration"], MemoryLog(), Gate())) == []


def test_a_band_without_a_row_is_scored_and_not_told(site: SiteFolder) -> None:
    rows = read_policies(found_workflows()["deterioration"].folder / "policy.yaml")[1].policy.rows
    quiet = with_policy(site, "response", value=tuple(row for row in rows if row["state"] != "high"))
    told = Story.model_validate(
        {
            "story": "x",
            "given": [ADMITTED, SICK],
            "when": "08:01",
            "then": [{"for": "4a/12", "advice": "none", "prediction": {"score": 11}}],
        }
    )
    assert play(told, Stage(quiet, load_workflows(quiet)["deterioration"], MemoryLog(), Gate())) == []
