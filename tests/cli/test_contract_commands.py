"""`contract`: in words, compared, and files held against it."""

import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

ROOT = Path(__file__).parents[2]
DEMO = str(ROOT / "sites" / "demo")
COLUMNS = "  - {name: id, type: text}\n  - {name: beds, type: integer}\n"
CONTRACT = f"file: beds\nversion: 1\ntitle: Beds\nowner: o\nsteward: s\nkey: [id]\ncolumns:\n{COLUMNS}"


def test_a_contract_is_shown_in_words_with_who_reads_it(wardwise: Callable) -> None:
    said = wardwise("contract", "show", "oru", "--site", DEMO)
    assert said.code == 0
    assert "value where code is pulse: decimal, 0 to 320 in /min; may be absent: then it is not known" in said.out
    assert "sign.measured (read by deterioration)" in said.out


def test_a_site_is_written_as_one_page(wardwise: Callable, tmp_path: Path) -> None:
    said = wardwise("contract", "show", DEMO, "--html", str(tmp_path / "c.html"))
    assert said.code == 0
    page = (tmp_path / "c.html").read_text()
    assert all(f'id="contract-{feed}"' in page for feed in ("adt", "oru", "roster", "staff", "ed-history"))
    assert "src=" not in page
    assert "href=" not in page


def test_a_feed_that_is_not_there_is_named_with_one_that_is(wardwise: Callable) -> None:
    said = wardwise("contract", "show", "orv", "--site", DEMO)
    assert said.code == 22
    assert "Did you mean `oru`?" in said.err


def test_a_difference_is_told_with_the_workflows_it_touches(wardwise: Callable, tmp_path: Path) -> None:
    other = copytree(DEMO, tmp_path / "demo")
    file = other / "contracts" / "oru.yaml"
    file.write_text(file.read_text().replace("highest: 320, when: {code: pulse}", "highest: 250, when: {code: pulse}"))
    said = wardwise("contract", "diff", DEMO, str(other), "--json")
    (change,) = json.loads(said.out)["changes"]
    assert (change["feed"], change["where"]) == ("oru", "sign.measured value [code pulse]")
    assert "highest 320" in change["before"]
    assert "highest 250" in change["after"]
    assert change["affects"] == ["deterioration"]
    assert json.loads(wardwise("contract", "diff", DEMO, DEMO, "--json").out) == {"changes": []}


def test_a_feed_that_is_gone_touches_every_workflow_that_rests_on_it(wardwise: Callable, tmp_path: Path) -> None:
    other = copytree(DEMO, tmp_path / "demo")
    file = other / "contracts" / "adt.yaml"
    file.write_text(file.read_text().replace("  - {kind: stay.left}\n", ""))
    said = wardwise("contract", "diff", str(Path(DEMO) / "contracts" / "adt.yaml"), str(file))
    assert "adt: stay.left: provided -> nothing." in said.out


def test_a_file_is_held_against_its_contract(wardwise: Callable, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(CONTRACT)
    (tmp_path / "good.csv").write_text("id,beds\na,1\nb,2\n")
    (tmp_path / "bad.csv").write_text("id,beds\nNA,1\nb,two\n")
    good = wardwise("contract", "test", str(tmp_path / "c.yaml"), str(tmp_path / "good.csv"))
    assert (good.code, "keeps its contract" in good.err) == (0, True)
    bad = wardwise("contract", "test", str(tmp_path / "c.yaml"), str(tmp_path / "bad.csv"), "--json")
    assert bad.code == 1
    assert {finding["rule"] for finding in json.loads(bad.out)["findings"]} == {"key-looks-missing", "junk"}
    known = "known:\n  - {rule: key-looks-missing, handling: kept as text}\n  - {rule: junk, handling: set aside}\n"
    (tmp_path / "c.yaml").write_text(CONTRACT + known)
    assert wardwise("contract", "test", str(tmp_path / "c.yaml"), str(tmp_path / "bad.csv")).code == 0
