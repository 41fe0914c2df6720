"""The tests beside mappings hold; and one that does not hold is shown with its line, what was found and expected."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.sites.small_site import problems_of

from wardwise.assemble.map_tests import trial, try_mappings
from wardwise.sites.broken import BrokenFiles
from wardwise.sites.extends import STANDARD

ROOT = Path(__file__).parents[2]
HOMES = (STANDARD, ROOT / "sites", Path(__file__).parent)
EVERY = sorted(file for home in HOMES for file in home.rglob("*.test.yaml"))
WARDWISE = Path(sys.executable).with_name("wardwise")

MAPPING = "extends: standard/all.yaml\nformat: hl7v2\nversion: 1\ncodes: {units: {4A: 4a, 4B: 4b}}\n"
TESTS = """\
site: {zone: America/Chicago, units: [4a, 4b]}
tests:
  - name: A transfer
    message: |
      MSH|^~\\&|E|H|W|W|20260301101000||ADT^A02|1|P|2.5.1
      EVN|A02|20260301100500||||20260301100000
      PID|1||7001^^^H
      PV1|1|I|4B^^2|||4A^^12|||||||||||||88^^^H
    events:
      - kind: stay.transferred
        occurred_at: 2026-03-01 10:00
        patient: H|7001
        encounter: H|88
        unit: 4b
        bed: 2
        status: final
        payload: {from_unit: 4a}
        without: [staff]
  - name: A result, then its correction
    message: |
      MSH|^~\\&|E|H|W|W|20260301101000||ORU^R01|1|P|2.5.1
      PID|1||7001^^^H
      PV1|1|I|4B^^2||||||||||||||||88^^^H
      OBR|1||F1|LAB|||20260301040000
      OBX|1|NM|2823-3||4.1|mmol/L|||||F
    events: [{kind: lab.resulted, payload: {value: 4.1}}]
    then:
      - message: |
          MSH|^~\\&|E|H|W|W|20260301111000||ORU^R01|2|P|2.5.1
          PID|1||7001^^^H
          PV1|1|I|4B^^2||||||||||||||||88^^^H
          OBR|1||F1|LAB|||20260301040000
          OBX|1|NM|2823-3||4.7|mmol/L|||||C
          OBX|2|NM|2951-2||139|furlong|||||F
        events:
          - {kind: lab.resulted, replaces: 1, status: corrected}
          - {kind: lab.resulted, flags: [unknown-measure]}
  - name: A person record
    message: |
      MSH|^~\\&|E|H|W|W|20260301101000||ADT^A28|1|P|2.5.1
    ignored: Person records without a stay
  - name: A stranger
    message: |
      MSH|^~\\&|E|H|W|W|20260301101000||ZZZ^Z01|1|P|2.5.1
    quarantined: no-rule
"""


@pytest.mark.parametrize("file", EVERY, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_shipped_mapping_reads_what_its_tests_say(file: Path) -> None:
    tested = try_mappings(file)
    assert tested.tests >= 1
    assert "\n".join(map(str, tested.differences)) == ""


def written(folder: Path, tests: str) -> Path:
    (folder / "m.yaml").write_text(MAPPING)
    (folder / "m.test.yaml").write_text(tests)
    return folder / "m.test.yaml"


def test_tests_that_hold_find_no_difference(tmp_path: Path) -> None:
    assert list(trial(written(tmp_path, TESTS)).differences()) == []


SLIPS = [
    ("kind: stay.transferred\n", "kind: stay.admitted\n", 10, "kind", "stay.transferred", "stay.admitted"),
    ("2026-03-01 10:00", "2026-03-01 11:00", 11, "occurred_at", "2026-03-01 10:00", "2026-03-01 11:00"),
    ("2026-03-01 10:00", "2026-03-01T10:00+01:00", 11, "occurred_at", "2026-03-01 10:00", "2026-03-01T10:00+01:00"),
    ("patient: H|7001", "patient: H|7002", 12, "patient", "H|7001", "H|7002"),
    ("encounter: H|88", "encounter: X|88", 13, "encounter", "H|88", "X|88"),
    ("unit: 4b\n", "unit: 4a\n", 14, "unit", "4b", "4a"),
    ("bed: 2", "bed: 3", 15, "bed", "2", "3"),
    ("status: final", "status: suspect", 16, "status", "final", "suspect"),
    ("{from_unit: 4a}", "{from_unit: 4b}", 17, "payload.from_unit", "site/4a", "4b"),
    ("{from_unit: 4a}", "{from_bed: 4a}", 17, "payload.from_bed", "absent", "4a"),
    ("without: [staff]", "without: [from_unit]", 18, "without", "from_unit: site/4a", "no from_unit"),
    ("value: 4.1", "value: 4.2", 26, "payload.value", "4.1", "4.2"),
    ("replaces: 1", "replaces: 2", 36, "replaces", "1", "2"),
    ("replaces: 1", "without: [replaces]", 36, "without", "replaces: 1", "no replaces"),
    ("flags: [unknown-measure]", "flags: [wrong-measure]", 37, "flags", "unknown-measure", "wrong-measure"),
    ("          - {kind: lab.resulted, flags: [unknown-measure]}\n", "", 35, "event 2", "lab.resulted, 2026-03-01",
     "no such event"),
    ("        without: [staff]\n", "      - {kind: stay.left}\n", 18, "event 2", "no such event", "stay.left"),
    ("ignored: Person", "ignored: Any person", 38, "outcome", "ignored: Person records", "ignored: Any person"),
    ("quarantined: no-rule", "quarantined: no-time", 42, "outcome", "quarantined: no-rule", "quarantined: no-time"),
    ("    quarantined: no-rule", "    events: [{kind: stay.left}]", 42, "outcome", "quarantined: no-rule", "events"),
    ("        without: [staff]\n", "    set_aside: [no-time]\n", 18, "set_aside", "absent", "no-time"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("find", "put", "line", "field", "found", "expected"), SLIPS, ids=[f"{s[3]}: {s[5]}" for s in SLIPS]
)
def test_a_test_that_does_not_hold_says_where_and_what(
    tmp_path: Path, *, find: str, put: str, line: int, field: str, found: str, expected: str
) -> None:
    assert find in TESTS
    (difference,) = trial(written(tmp_path, TESTS.replace(find, put, 1))).differences()
    assert difference.line == line
    assert difference.field.endswith(field)
    assert difference.found.startswith(found)
    assert difference.expected.startswith(expected)


BROKEN = [
    ("ignored: Person", "events: []\n    ignored: Person", 38, "tests.2", "says 2 outcomes"),
    ("    ignored: Person records without a stay\n", "", 38, "tests.2", "says 0 outcomes"),
    ("name: A stranger", "name: A transfer", 42, "tests.3.name", "stands twice"),
    ("2026-03-01 10:00", "at ten", 11, "tests.0.events.0.occurred_at", "`at ten` is not a time"),
    ("occurred_at", "occured_at", 11, "tests.0.events.0.occured_at", "not a key"),
    ("site: {zone: America/Chicago, units: [4a, 4b]}\n", "", 1, "site", "stands in no site's folder"),
]


@pytest.mark.parametrize(("find", "put", "line", "field", "what"), BROKEN, ids=[each[4] for each in BROKEN])
def test_a_file_of_tests_that_cannot_be_read_is_named(
    tmp_path: Path, *, find: str, put: str, line: int, field: str, what: str
) -> None:
    (problem,) = problems_of(lambda: trial(written(tmp_path, TESTS.replace(find, put, 1))))
    assert (problem.facts["line"], problem.facts["field"]) == (line, field)
    assert what in str(problem.facts["what"])


def test_tests_of_a_site_are_read_with_its_zone_and_units() -> None:
    tested = try_mappings(ROOT / "sites" / "demo")
    assert tested.tests >= 12  # files of the workforce system among them
    assert tested.failed == 0


def test_the_command_fails_with_what_differs_as_one_object(tmp_path: Path) -> None:
    file = written(tmp_path, TESTS.replace("bed: 2", "bed: 3"))
    done = subprocess.run([WARDWISE, "map", "test", file, "--json"], capture_output=True, text=True, check=False)
    told = json.loads(done.stdout)
    assert (done.returncode, told["tests"], told["failed"]) == (1, 4, 1)
    assert told["differences"] == [
        {
            "file": str(file),
            "line": 15,
            "test": "A transfer",
            "field": "event 1 (stay.transferred), bed",
            "found": "2",
            "expected": "3",
        }
    ]


def test_a_folder_without_tests_is_told_how_to_write_them(tmp_path: Path) -> None:
    with pytest.raises(BrokenFiles, match=r"mappings/adt\.test\.yaml"):
        try_mappings(tmp_path)
