"""`features`: every column in words, as text, JSON and a page."""

import json
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEMO = str(ROOT / "sites" / "demo")


def test_every_column_is_told_with_unit_source_age_and_owner(wardwise: Callable) -> None:
    said = wardwise("features", "deterioration", "--site", DEMO)
    assert said.code == 0
    first, *lines = said.out.splitlines()
    assert first.startswith("deterioration: news2-inputs, version 2, ")
    assert first.endswith("; owner Clinical data platform")
    (rate,) = [line for line in lines if line.startswith("  respiratory_rate (")]
    assert "; from sign.measured by oru; counts for 24 h" in rate


def test_all_workflows_come_as_json_and_as_one_page(wardwise: Callable, tmp_path: Path) -> None:
    sheets = json.loads(wardwise("features", "--site", DEMO, "--json").out)["features"]
    assert {sheet["workflow"] for sheet in sheets} >= {"ed_demand", "staffing", "deterioration"}
    assert all(line["says"] and line["kinds"] for sheet in sheets for line in sheet["lines"])
    assert wardwise("features", "--site", DEMO, "--html", str(tmp_path / "f.html")).code == 0
    page = (tmp_path / "f.html").read_text()
    assert all(f'id="features-{sheet["workflow"]}"' in page for sheet in sheets)
    assert "src=" not in page
    assert "href=" not in page


def test_a_workflow_that_is_not_there_is_named_with_one_that_is(wardwise: Callable) -> None:
    said = wardwise("features", "deterioraton", "--site", DEMO)
    assert said.code == 22
    assert "Did you mean `deterioration`?" in said.err
