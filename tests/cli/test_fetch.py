"""`fetch`, then `import`: a bulk export of a live server that is not ours, from the wire into the log."""

from pathlib import Path

from tests.feeds.fhir.test_same_stay import HAND_MADE
from tests.feeds.fhir.told_stays import around, encounter, observation
from tests.feeds.fhir.two_feeds import asking
from tests.run.fhir_server import foreign_server


def test_what_was_fetched_is_imported_and_every_line_accounted_for(wardwise, demo_site: Path, tmp_path: Path) -> None:
    folder, data = tmp_path / "export", tmp_path / "data"
    with foreign_server(tmp_path / "server") as server:
        server.put(*around(HAND_MADE), encounter(HAND_MADE), *(observation(HAND_MADE, r) for r in HAND_MADE.results))
        own = asking(demo_site, tmp_path, server.url)
        told = wardwise("fetch", "records", folder, "--site", own, "--json").told
        again = wardwise("fetch", "records", folder, "--site", own)
    assert sum(told["files"].values()) == 10
    assert told["faults"] == 0
    assert (again.code, "Name a new folder." in again.err) == (22, True)
    found = wardwise("import", "fhir", folder, "--site", own, "--data", data, "--json").told
    assert (found["applied"], found["quarantined"], found["refused"], found["problems"]) == (4, 0, 0, [])
    assert found["events"] == 7  # what messages of the same stay give
    assert wardwise("log", "balance", "--data", data).code == 0


def test_what_cannot_be_fetched_is_told_before_anything_is_asked(wardwise, demo_site: Path, tmp_path: Path) -> None:
    own = asking(demo_site, tmp_path, "http://127.0.0.1:9/r4")
    said = wardwise("fetch", "records", tmp_path / "export", "--site", own, "--since", "yesterday")
    assert (said.code, "2026-03-01T00:00:00Z" in said.err) == (2, True)
    said = wardwise("fetch", "adt", tmp_path / "export", "--site", own)
    assert (said.code, "Those that do: records." in said.err) == (22, True)
    assert not (tmp_path / "export").exists()
