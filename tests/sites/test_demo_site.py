import json
import time as machine
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from shutil import copytree

import pytest

from wardwise.errors import BrokenArtefact
from wardwise.hospital.role import Role
from wardwise.hospital.shift import ShiftPattern
from wardwise.sites.broken import BrokenFiles
from wardwise.sites.hl7_mapping import Hl7Mapping
from wardwise.sites.load import SiteFolder, load_site
from wardwise.sites.site import Mode

DEMO = Path(__file__).parents[2] / "sites" / "demo"


@pytest.fixture(scope="module")
def demo() -> SiteFolder:
    return load_site(DEMO)


def test_the_demo_hospital_has_180_inpatient_and_ed_beds(demo: SiteFolder) -> None:
    assert sum(len(unit.beds) for unit in demo.site.units) == 180
    assert demo.site.unit_keys[:2] == ("demo/ed", "demo/4a")
    assert demo.site.patterns == (ShiftPattern("day", time(7), 12), ShiftPattern("night", time(19), 12))


def test_deterioration_is_assistive_on_the_wards_and_shadow_in_intensive_care(demo: SiteFolder) -> None:
    assert demo.site.mode("deterioration", "demo/4a") is Mode.ASSISTIVE
    assert demo.site.mode("deterioration", "icu") is Mode.SHADOW
    assert demo.site.mode("sepsis") is Mode.OFF


def test_people_answer_what_they_may_where_they_may(demo: SiteFolder) -> None:
    assert demo.site.may_answer(Role.PHYSICIAN, "deterioration", "demo/4a")
    assert not demo.site.may_answer(Role.PHYSICIAN, "deterioration", "demo/ed")
    assert not demo.site.may_answer(Role.BOARD_MEMBER, "staffing")
    assert Role.STAFFING_COORDINATOR in demo.site.told("staffing")


def test_eight_override_reasons_and_other_are_offered(demo: SiteFolder) -> None:
    assert [reason.code for reason in demo.site.reasons][-2:] == ["constraint-unknown", "other"]
    assert len(demo.site.reasons) == 9


def test_the_doors_stay_on_this_machine(demo: SiteFolder) -> None:
    assert demo.site.listeners.mllp.loopback
    assert demo.site.listeners.http.loopback


def test_the_adt_mapping_covers_the_messages_of_a_stay(demo: SiteFolder) -> None:
    mapping = demo.mappings["adt"]
    assert isinstance(mapping, Hl7Mapping)
    triggers = {trigger for rule in mapping.rules for trigger in rule.match.trigger}
    assert triggers >= {"A01", "A02", "A03", "A04", "A08", "A11", "A12", "A13", "A40"}


def test_the_nurse_grid_of_a_past_shift_is_the_one_of_its_time(demo: SiteFolder) -> None:
    policies = demo.policies("staffing")
    assert len(policies.value("ed_nurse_grid", at=date(2025, 6, 30)).rows) == 7
    now = policies.value("ed_nurse_grid", at=datetime(2026, 3, 1, 12, tzinfo=UTC), unit="demo/ed")
    assert len(now.rows) == 11
    assert now.rows[0] == {"shift": "day", "arrivals_up_to": 40, "nurses": 6}


def test_a_snapshot_brings_back_the_same_configuration_and_the_same_bytes(demo: SiteFolder) -> None:
    again = SiteFolder.from_snapshot(demo.snapshot())
    assert again == demo
    assert again.snapshot() == demo.snapshot()
    assert again.digest == demo.digest
    assert again.policies("staffing").version == demo.policies("staffing").version


def test_the_digest_follows_the_meaning_and_not_the_layout(demo: SiteFolder, tmp_path: Path) -> None:
    folder = copytree(DEMO, tmp_path / "demo")
    site = (folder / "site.yaml").read_text()
    (folder / "site.yaml").write_text("# a comment\n" + site.replace("beds: 12", "beds:   12"))
    assert load_site(folder).digest == demo.digest
    (folder / "site.yaml").write_text(site.replace("beds: 12", "beds: 13"))
    assert load_site(folder).digest != demo.digest


def test_the_order_in_which_a_table_is_written_does_not_change_the_digest(demo: SiteFolder, tmp_path: Path) -> None:
    folder = copytree(DEMO, tmp_path / "demo")
    mapping = folder / "mappings" / "adt.yaml"
    mapping.write_text(mapping.read_text().replace("ED: ed, 4A: 4a", "4A: 4a, ED: ed"))
    assert load_site(folder).digest == demo.digest


def test_a_snapshot_is_json_that_anybody_can_read(demo: SiteFolder) -> None:
    assert json.loads(demo.snapshot())["site"]["title"] == "Lindenfield General Hospital"


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"site": 1}'])
def test_a_broken_snapshot_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenArtefact):
        SiteFolder.from_snapshot(data)


def test_the_site_is_loaded_in_half_a_second() -> None:
    def seconds() -> float:
        start = machine.process_time()
        load_site(DEMO)
        return machine.process_time() - start

    assert min(seconds() for _ in range(3)) < 0.5


@pytest.mark.parametrize(
    ("file", "find", "put", "said"),
    [
        ("mappings/adt.yaml", "4A: 4a", "4A: 4c", "feeds.0.mapping: leads to the unit `4c`, which the site"),
        ("mappings/ed_history.yaml", "constant: ed", "constant: er", "feeds.4.mapping: leads to the unit `er`"),
        ("contracts/oru.yaml", "feed: oru", "feed: orr", "feeds.1.contract: is the contract of the feed `orr`"),
        (
            "contracts/roster.yaml",
            "kind: shift.called_out",
            "kind: order.placed",
            "promises `order.placed`, which the feed",
        ),
        (
            "contracts/oru.yaml",
            "kind: lab.resulted",
            "kind: order.placed",
            "`lab.resulted` is not provided by this feed",
        ),
        ("events.yaml", "to: 2025-08-17", "to: 2025-08-01", "events.yaml:2: 0.to: is before `from`"),
        ("policies/staffing.yaml", "to: 2025-06-30", "to: 2025-07-01", "staffing.yaml:16: ed_nurse_grid: is valid at"),
        ("mappings/roster.yaml", "format: csv", "format: meds", "roster.yaml:"),
    ],
)
def test_files_that_do_not_agree_are_named(tmp_path: Path, file: str, find: str, put: str, said: str) -> None:
    folder = copytree(DEMO, tmp_path / "demo")
    text = (folder / file).read_text()
    assert find in text
    (folder / file).write_text(text.replace(find, put, 1))
    with pytest.raises(BrokenFiles) as caught:
        load_site(folder)
    assert said in str(caught.value)


def test_a_calendar_may_be_a_csv_file(tmp_path: Path) -> None:
    folder = copytree(DEMO, tmp_path / "demo")
    site = folder / "site.yaml"
    site.write_text(site.read_text().replace("events.yaml", "events.csv"))
    (folder / "events.csv").write_text("title,from,to\nFair,2026-08-06,2026-08-16\n")
    (event,) = load_site(folder).calendar
    assert (event.title, event.first_day, event.last_day) == ("Fair", date(2026, 8, 6), date(2026, 8, 16))
    (folder / "events.csv").write_text("title,from,to\nFair,2026-08-06,2026-08-16\nGame,soon,2026-09-01\n")
    with pytest.raises(BrokenFiles, match=r"events\.csv:3: 1\.from: `soon` is not a date"):
        load_site(folder)


def test_a_region_is_read_from_where_the_site_names_it(tmp_path: Path, demo: SiteFolder) -> None:
    folder = copytree(DEMO, tmp_path / "demo")
    site = folder / "site.yaml"
    site.write_text(site.read_text().replace("country: US", "country: US\nregion: ../region.yaml"))
    (tmp_path / "region.yaml").write_text(
        "region: midwest\nworkflows:\n  staffing:\n"
        "    - {id: rest_hours, value: 10, ucum: h, from: 2020-01-01, source: Region, owner: Board}\n"
    )
    loaded = load_site(folder)
    assert loaded.policies("staffing").value("rest_hours", at=date(2026, 1, 1)).number == 10
    assert replace(loaded, overlays=demo.overlays, site=demo.site) == demo
