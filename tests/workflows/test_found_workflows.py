"""Workflows are found by themselves; a broken file is named with its line."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from wardwise.assemble.workflow_files import read_files
from wardwise.assemble.workflows import Found, declare, found_workflows, load_workflows
from wardwise.errors import BrokenFile
from wardwise.sites.broken import BrokenFiles
from wardwise.sites.load import SiteFolder, load_site
from wardwise.sites.site import Mode, Owners, WorkflowSettings

TEMPLATE = Path(__file__).parent / "template" / "busy_hour"


@pytest.fixture
def site(demo_site: Path) -> SiteFolder:
    return load_site(demo_site)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TEMPLATE, tmp_path / "busy_hour"))


def problem_of(folder: Path, site: SiteFolder) -> str:
    with pytest.raises(BrokenFiles) as broken:
        read_files(folder, "busy_hour", site)
    return str(broken.value)


def running(site: SiteFolder, mode: Mode) -> SiteFolder:
    owners = Owners(clinical="Dr A", operational="Nurse B", engineering="C")
    workflows = {**site.site.workflows, "busy_hour": WorkflowSettings(mode=mode, owners=owners)}
    return replace(site, site=site.site.model_copy(update={"workflows": workflows}))


def test_every_folder_with_a_declaration_is_found_in_order_of_name() -> None:
    found = found_workflows()
    assert "deterioration" in found
    assert list(found) == sorted(found)
    assert all((each.folder / "workflow.py").is_file() for each in found.values())


def test_a_site_loads_every_workflow_it_has(site: SiteFolder) -> None:
    assert load_workflows(site)["deterioration"].card.title == "Deterioration (NEWS2)"


def test_the_sites_owners_stand_on_the_card(folder: Path, site: SiteFolder) -> None:
    assert read_files(folder, "busy_hour", site).card.owners.clinical == "ED medical director"
    assert read_files(folder, "busy_hour", running(site, Mode.SHADOW)).card.owners.clinical == "Dr A"


def test_all_broken_files_are_named_at_once_with_their_lines(folder: Path, site: SiteFolder) -> None:
    (folder / "card.yaml").write_text((folder / "card.yaml").read_text().replace("users:", "readers:"))
    (folder / "policy.yaml").write_text((folder / "policy.yaml").read_text().replace("owner:", "ovner:"))
    (folder / "strings.yaml").write_text("tier_rule: [not, a, text]\n")
    listing = problem_of(folder, site)
    assert f"{folder / 'card.yaml'}:3: readers: is not a key that is known here." in listing
    assert f"{folder / 'policy.yaml'}:6: 0.ovner" in listing
    assert f"{folder / 'strings.yaml'}:1: tier_rule" in listing


@pytest.mark.parametrize("name", ["card.yaml", "needs.yaml", "policy.yaml", "policy_forms.yaml", "strings.yaml"])
def test_a_missing_file_is_named(folder: Path, site: SiteFolder, name: str) -> None:
    (folder / name).unlink()
    assert f"{folder / name}:1: (file): does not exist" in problem_of(folder, site)


def test_a_need_that_no_contract_meets_stops_a_site_that_runs_it_and_no_other(folder: Path, site: SiteFolder) -> None:
    needs = folder / "needs.yaml"
    needs.write_text(needs.read_text().replace("within_minutes: 1500", "within_minutes: 5"))
    assert f"{needs}:3: 0.within_minutes" in problem_of(folder, running(site, Mode.SHADOW))
    assert read_files(folder, "busy_hour", running(site, Mode.OFF)).needs[0].feed == "ed-history"


def test_a_sentence_that_is_not_there_is_named_with_the_nearest(folder: Path, site: SiteFolder) -> None:
    strings = read_files(folder, "busy_hour", site).strings
    with pytest.raises(BrokenFile, match=r"strings\.yaml:1: sumary: .* Did you mean `summary`"):
        strings["sumary"]


def test_a_folder_whose_code_declares_nothing_is_named(
    folder: Path, site: SiteFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed = folder.rename(folder.parent / "undeclared_hour")
    (renamed / "workflow.py").write_text('"""Nothing."""\n')
    monkeypatch.syspath_prepend(str(folder.parent))
    with pytest.raises(BrokenFile, match=r"workflow\.py:1: declare: is missing"):
        declare(Found("busy_hour", "undeclared_hour", renamed), site)
    sys.modules.pop("undeclared_hour.workflow", None)


def test_a_workflow_found_under_another_name_is_refused(
    folder: Path, site: SiteFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed = folder.rename(folder.parent / "calm_hour")
    monkeypatch.syspath_prepend(str(folder.parent))
    with pytest.raises(BrokenFile, match="declares the name `busy_hour`, but is found as `calm_hour`"):
        declare(Found("calm_hour", "calm_hour", renamed), site)


def test_an_entry_point_that_leads_nowhere_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "gone-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gone\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[wardwise.workflows]\ngone = gone_away.workflow\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(BrokenFile, match="entry point gone:1: gone: is announced as the package"):
        found_workflows()
