"""A kind that nobody knows is named where it stands, in the file that says it."""

import shutil
from pathlib import Path

import pytest
from tests.sites.small_site import problems_of

from wardwise.assemble.site import configure


@pytest.fixture
def site(tmp_path: Path, demo_site: Path) -> Path:
    """A copy of the demo site, to be broken."""
    return Path(shutil.copytree(demo_site, tmp_path / "demo"))


def _misspell(file: Path, kind: str, wrong: str) -> int:
    """The line on which the kind first stood."""
    text = file.read_text()
    file.write_text(text.replace(kind, wrong, 1))
    return text[: text.index(kind)].count("\n") + 1


@pytest.mark.parametrize(
    ("file", "field"), [("mappings/staff.yaml", "emit.0.kind"), ("contracts/staff.yaml", "provides.0.kind")]
)
def test_a_kind_nobody_knows_is_named_with_its_file_and_line_and_starts_nothing(
    site: Path, file: str, field: str
) -> None:
    line = _misspell(site / file, "staff.listed", "staff.listened")
    (problem,) = problems_of(lambda: configure(site))
    assert (problem.facts["file"], problem.facts["line"], problem.facts["field"]) == (str(site / file), line, field)
    assert "`staff.listened`, which does not exist" in str(problem)
    assert "Did you mean `staff.listed`?" in str(problem)


def test_a_kind_nobody_knows_in_a_rule_on_top_of_a_standard_reading_is_named_there(site: Path) -> None:
    mapping = site / "mappings" / "adt.yaml"
    added = "rules:\n  - match: {type: ADT, trigger: A02}\n    emit:\n"
    mapping.write_text(mapping.read_text() + added + "      - {kind: stay.transfered, occurred_at: EVN-2}\n")
    (problem,) = problems_of(lambda: configure(site))
    last = mapping.read_text().count("\n")
    assert (problem.facts["file"], problem.facts["line"]) == (str(mapping), last)
    assert "`stay.transfered`" in str(problem)
