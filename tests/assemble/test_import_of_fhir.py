"""A bulk export, a Bundle and a resource on their way into the log: each line once, beside it what it refers to."""

import json
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.feeds.fhir.test_same_stay import HAND_MADE
from tests.feeds.fhir.told_stays import around, bundle, encounter, observation

from wardwise.assemble.importing import Import, import_path
from wardwise.assemble.stores import READ_ONLY, open_stores
from wardwise.errors import NotRunnable
from wardwise.feeds.fhir.export import TOGETHER, deliveries
from wardwise.loop.capture.event import Event
from wardwise.sites.feed import FeedKind
from wardwise.sites.load import load_site

NOW = datetime(2026, 3, 5, tzinfo=UTC)
FEED = """
feeds:
  - name: records
    kind: fhir
    mapping: mappings/records.yaml
    freshness: batch
    owner: EHR integration team
    steward: Director of patient access
"""
MAPPING = """\
format: fhir
version: 1
extends: standard/fhir.yaml
codes:
  units: {ED: ed, 4A: 4a, 4B: 4b, 5A: 5a, 5B: 5b, ICU: icu}
  authorities: {"urn:oid:1.2.3": LGH}
"""


@pytest.fixture
def site(demo_site: Path, tmp_path: Path) -> Path:
    """The demo site with a FHIR feed."""
    own = Path(shutil.copytree(demo_site, tmp_path / "site"))
    written = (own / "site.yaml").read_text()
    (own / "site.yaml").write_text(written.replace("\nfeeds:\n", FEED, 1))
    (own / "mappings" / "records.yaml").write_text(MAPPING)
    return own


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """What `$export` gives: a file for each type, a resource a line."""
    folder = tmp_path / "export"
    folder.mkdir()
    beside = around(HAND_MADE)
    results = [observation(HAND_MADE, result) for result in HAND_MADE.results]
    for resource in [*results, encounter(HAND_MADE), *beside]:
        with (folder / f"{resource['resourceType']}.ndjson").open("a") as file:
            file.write(json.dumps(resource) + "\n")
    return folder


def brought(site: Path, path: Path, data: Path) -> dict:
    return import_path(site, data, Import(FeedKind.FHIR, path), now=NOW, progress=lambda _done, _total: None)


def facts(data: Path) -> list[Event]:
    with open_stores(data, READ_ONLY) as stores:
        return [event for event in stores.log.read("demo") if event.source == "records"]


def test_an_export_becomes_the_events_of_the_stay_and_comes_in_once(site: Path, export: Path, tmp_path: Path) -> None:
    first = brought(site, export, tmp_path / "data")
    assert (first["events"], first["quarantined"], first["problems"]) == (7, 0, [])
    kinds = Counter(event.kind for event in facts(tmp_path / "data"))
    assert kinds == {
        "stay.arrived": 1, "stay.admitted": 1, "stay.transferred": 2, "stay.discharged": 1, "sign.measured": 1,
        "lab.resulted": 1,
    }  # fmt: skip
    again = brought(site, export, tmp_path / "data")
    assert (again["events"], again["duplicate"], again["received"]) == (0, first["received"], first["received"])


def test_a_bundle_and_a_resource_are_read_too(site: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.json"
    file.write_bytes(bundle([encounter(HAND_MADE, 400)], around(HAND_MADE)))
    assert brought(site, file, tmp_path / "data")["events"] == 3
    file.write_text(json.dumps(around(HAND_MADE)[0]))
    assert brought(site, file, tmp_path / "data")["applied"] == 1


def test_what_is_no_fhir_is_quarantined_by_its_line_and_the_rest_comes_in(
    site: Path, export: Path, tmp_path: Path
) -> None:
    with (export / "Encounter.ndjson").open("a") as file:
        file.write('{"resourceType": "Encounter", "id": \nrubbish\n')
    found = brought(site, export, tmp_path / "data")
    assert (found["events"] - 7, found["quarantined"]) == (2, 2)
    assert [problem["message"].split(":")[:2] for problem in found["problems"]] == [
        ["Encounter.ndjson", "2"],
        ["Encounter.ndjson", "3"],
    ]
    assert all("rubbish" not in json.dumps(problem) for problem in found["problems"])


def test_lines_stand_in_bodies_as_they_came(export: Path) -> None:
    line = b'{"resourceType": "Observation",  "id":"x", "valueQuantity": {"value": 7.10}}'
    (export / "Observation.ndjson").write_bytes(b"\n".join([line] * (TOGETHER + 1)))
    bodies = [body for name, body in deliveries([export / "Observation.ndjson"])]
    assert [body.count(line) for body in bodies] == [TOGETHER, 1]


def test_a_site_without_such_a_feed_is_told(demo_site: Path, export: Path, tmp_path: Path) -> None:
    with pytest.raises(NotRunnable, match="importing fhir cannot run: 0 feeds"):
        brought(demo_site, export, tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_a_fhir_feed_survives_the_snapshot_of_its_site(site: Path) -> None:
    folder = load_site(site)
    assert type(folder).from_snapshot(folder.snapshot()).digest == folder.digest
