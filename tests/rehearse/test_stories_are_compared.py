"""A story that is wrong is told so, in words that name the difference."""

from pathlib import Path
from typing import Any

import pytest

from wardwise.assemble.workflows import load_workflows
from wardwise.errors import ImpossibleValue
from wardwise.govern.runtime.gate import Gate
from wardwise.rehearse.story.facts import told
from wardwise.rehearse.story.form import A_MONDAY, Story, read_story
from wardwise.rehearse.story.play import Stage, play
from wardwise.rehearse.story.telling import Telling
from wardwise.rehearse.story.when import Calendar
from wardwise.sites.broken import BrokenFiles
from wardwise.sites.load import SiteFolder, load_site
from wardwise.stores.memory.log import MemoryLog

SICK = "08:00 4a/12 respiratory rate 26, saturation 93, on oxygen, systolic 105, pulse 112, alert, temperature 38.2"


@pytest.fixture(scope="module")
def site() -> SiteFolder:
    return load_site(Path(__file__).parents[2] / "sites" / "demo")


def differences(site: SiteFolder, expected: dict[str, Any], **story: Any) -> list[str]:
    given = story.pop("given", ["06:00 4a/12 admitted, 71 years", SICK])
    told_story = Story.model_validate(
        {"story": "A sick patient", "given": given, "when": "08:01", "then": [{"for": "4a/12", **expected}], **story}
    )
    return play(told_story, Stage(site, load_workflows(site)["deterioration"], MemoryLog(), Gate()))


def test_a_true_story_has_no_differences(site: SiteFolder) -> None:
    assert differences(site, {"advice": "high", "act_by": "08:31", "tier": "rule", "owner": "charge-nurse"}) == []


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        ({"advice": "none"}, "expected no advice, got high"),
        ({"advice": "medium"}, "expected advice medium, got ['high']"),
        ({"advice": "high", "owner": "nurse"}, "expected owner nurse, got charge-nurse"),
        ({"advice": "high", "delivered": "withheld"}, "expected delivered withheld, got sent"),
        ({"advice": "high", "summary": "Bed 4b"}, "expected summary to say `Bed 4b`"),
        ({"advice": "high", "reasons": ["Pulse 40"]}, "expected reasons to say `Pulse 40`"),
        ({"advice": "high", "act_by": "08:40"}, "expected to act by 08:40"),
        ({"advice": "high", "tier": "full"}, "expected tier full, got rule"),
        ({"tier": "none"}, "expected tier none, got rule"),
        ({"prediction": {"score": 3}}, "no prediction has {'score': 3}"),
    ],
)
def test_every_kind_of_difference_is_named(site: SiteFolder, expected: dict[str, Any], says: str) -> None:
    found = differences(site, expected)
    assert len(found) == 1
    assert found[0].startswith("at 08:01: for 4a/12: ")
    assert says in found[0]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("08:00 4a/12 feels unwell", "is no measurement"),
        ("08:00 hello", "is not a sentence a story can use"),
        ("8 4a/12 pulse 90", "does not begin with a time"),
        ("08:00 9z/1 admitted, 70 years", "names the unit 9z"),
        ("08:00 4b/1 pulse 90", "nobody lies in 4b/1"),
        ("08:00 4a/12 pulse corrected to 80", "no pulse of 4a/12 was charted before"),
        ("08:30 4a/12 pulse 90", "told after 08:01"),
        ("08:00 charge-nurse accepts 4a/12", "nothing was advised for 4a/12"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(site: SiteFolder, line: str, says: str) -> None:
    with pytest.raises(ImpossibleValue, match=says):
        differences(site, {"advice": "none"}, given=["06:00 4a/12 admitted, 71 years", line])


def test_a_misspelt_key_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text("story: x\nwhen: 08:00\nthen:\n  - {for: 4a/12, advise: none}\n")
    with pytest.raises(BrokenFiles, match=r"story\.yaml:4: then\.0\.advise: .* Did you mean `advice`"):
        read_story(file)


@pytest.mark.parametrize(
    ("line", "kinds", "count"),
    [
        ("09:00 ed counted 12 arrivals", "arrivals.counted", 1),
        ("09:00 ed counted 8 arrivals an hour for 2 days", "arrivals.counted", 48),
        ("09:00 ed 9 patients came", "stay.arrived", 9),
        ("09:00 4a has 30 patients", "stay.admitted", 30),
        ("06:00 4a day has 5 nurses", "shift.assigned", 5),
        ("06:00 4a night nurse 3 called out", "shift.called_out", 1),
        ("09:00 feed oru silent", "feed.silent", 1),
        ("yesterday 22:00 4a/3 admitted, 70 years, service medicine", "stay.admitted", 1),
    ],
)
def test_sentences_for_units_rosters_and_feeds(site: SiteFolder, line: str, kinds: str, count: int) -> None:
    events = told(Telling(site, Calendar(A_MONDAY, site.site.zone)), line)
    assert {each.draft.kind for each in events} == {kinds}
    assert len(events) == count
    assert len({each.draft.id for each in events}) == count


def test_arrivals_by_hour_follow_the_local_clock(site: SiteFolder) -> None:
    profile = " ".join(str(hour) for hour in range(24))
    calendar = Calendar(A_MONDAY, site.site.zone)
    events = told(Telling(site, calendar), f"00:00 ed counted {profile} arrivals an hour for 1 days")
    assert [each.draft.payload["count"] for each in events] == list(range(24))
