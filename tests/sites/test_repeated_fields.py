"""Fields that two feeds are to be compared by: one that nothing would be compared of is refused where it stands."""

from pathlib import Path

import pytest
from tests.sites.small_site import SITE, problems

from wardwise.sites.load import load_site

FEEDS = """\
  - name: duty
    kind: csv
    folder: duty
    mapping: duty.yaml
    freshness: batch
    owner: Workforce
    steward: Staffing
repeats:
  - live: roster
    batch: duty
    kinds: [shift.assigned, case.booked, sign.measured]
    fields:
      - unit
      - {field}
workflows:
"""
MAPPING = """\
format: csv
version: 1
header: {{employee: [Id], hour: [Hour], end: [End], unit: [Unit], skill: [Skill], room: [Room], rate: [Rate]}}
delivers: delta
key: [employee]
codes:
  measures: {{bpm: {{ucum: "/min"}}}}
emit:
  - kind: shift.assigned
    occurred_at: hour
    about: {{unit: {{constant: ed}}}}
    payload: {{starts: hour, ends: end, skill: skill{more}}}
  - kind: case.booked
    occurred_at: hour
    payload: {{case: employee, starts: hour}}
  - kind: case.changed
    occurred_at: hour
    payload: {{case: employee, starts: hour, room: room}}
  - kind: sign.measured
    occurred_at: hour
    payload: {{code: {{constant: pulse}}}}
    measured: {{value: rate, measures: measures}}
"""
ROSTER = MAPPING.format(more=", role: skill")
DUTY = MAPPING.format(more="")


def written(folder: Path, field: str) -> str:
    (folder / "duty.yaml").write_text(DUTY)
    return SITE.replace("workflows:\n", FEEDS.format(field=field), 1)


@pytest.mark.parametrize("field", ["unit", "bed", "skill", "ends", "room", "value", "word"])
def test_what_both_feeds_tell_may_be_compared(tmp_path: Path, field: str) -> None:
    (tmp_path / "site.yaml").write_text(written(tmp_path, field))
    (tmp_path / "roster.yaml").write_text(ROSTER)
    assert load_site(tmp_path).site.repeats[0].fields == ("unit", field)


@pytest.mark.parametrize(
    ("field", "remedy"),
    [
        ("skil", "Did you mean `skill`?"),
        ("role", "Choose from"),  # the live feed alone tells it
        ("code", "Choose from"),  # of the subject: what differs in it is another fact
        ("starts", "Choose from"),
        ("original_value", "Choose from"),
    ],
)
def test_a_field_of_which_nothing_would_be_compared_is_named(tmp_path: Path, field: str, remedy: str) -> None:
    site = written(tmp_path, field)
    (found,) = problems(tmp_path, site, roster=ROSTER)
    line = site.splitlines().index(f"      - {field}") + 1
    assert (found.facts["file"], found.facts["line"]) == (str(tmp_path / "site.yaml"), line)
    assert found.facts["field"] == "repeats.0.fields.1"
    assert f"`{field}` is no field that both feeds tell of these kinds" in found.facts["what"]
    assert remedy in found.facts["remedy"]
