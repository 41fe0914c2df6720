"""Each row is one way of being wrong in site.yaml: what was changed, and the line, field and words that come back."""

from pathlib import Path

import pytest
from tests.sites.small_site import ROSTER, SITE, problems

from wardwise.sites.broken import BrokenFiles
from wardwise.sites.load import load_site

WAYS = [
    # (find, put instead, line, field, what, remedy)
    ("title: Small Hospital\n", "", 1, "title", "is missing", "Add `title: ...` (the hospital's name)"),
    ("title: Small Hospital", "titel: Small Hospital", 2, "titel", "not a key", "Did you mean `title`?"),
    ("Europe/London", "Europe/Londn", 3, "zone", "not a time zone", "Did you mean `Europe/London`?"),
    ("country: GB", "country: GB\ncountry: US", 5, "country", "stands twice (first on line 4)", "Remove one"),
    ("country: GB", "country: England", 4, "country", "string should match", "Correct"),
    ("slug: small", "slug: Small Hospital", 1, "slug", "cannot be an id", "lower case letters"),
    ("slug: small", "slug: 7", 1, "slug", "must be text, not the number 7", 'quotes: "7"'),
    ("    folder: drop\n", "    folder: drop\n    manifest: maybe\n", 28, "feeds.0.manifest", "must be", ""),
    ("title: Emergency", "title:", 7, "units.0.title", "must be text, not nothing", "Write words"),
    ("kind: ward", "kind: wart", 13, "units.1.kind", "it is the text `wart`", "Did you mean `ward`?"),
    ("kind: ward", "kind: xyz", 13, "units.1.kind", "not one of the choices", "Choose from: `ed`, `float-pool`"),
    ("beds: 4", "beds: 4000", 9, "units.0.beds", "4000 beds cannot be right", "0 to 500"),
    ("beds: 4", "beds: four", 9, "units.0.beds", "must be a list, not the text `four`", "[brackets]"),
    ("beds: [1, 2]", "beds: [1, 1]", 14, "units.1.beds", "`1` stands twice", "Remove one"),
    ("holds: 0.6", "holds: 1.6", 15, "units.1.holds", "must be at most 1, not the number 1.6", "Correct the number"),
    ("holds: 0.6", "holds: most", 15, "units.1.holds", "must be a number, not the text `most`", "without quotes"),
    ("beds: 4", "beds: 4\n    holds: 0.5", 5, "units", "add up to 1.1", "add up to 1 at most"),
    ("id: 1a", "id: ed", 11, "units.1.id", "`ed` is already taken", "another one"),
    ("kind: ward", "kind: float-pool", 14, "units.1.beds", "a float pool has no beds", "Remove `beds`"),
    ("starts: 08:00", "starts: 8", 19, "shifts.0.starts", "`8` is not a time of day", "`07:00`"),
    ("starts: 20:00", "starts: 25:00", 22, "shifts.1.starts", "`25:00` is not a time of day", "`07:00`"),
    ("starts: 20:00", "starts: 21:00", 17, "shifts", "no shift covers 20:00", "24 hours"),
    ("hours: 12\nfeeds", "hours: 0\nfeeds", 23, "shifts.1.hours", "must be at least 1", "Correct the number"),
    ("hours: 12\nfeeds", "hours: half\nfeeds", 23, "shifts.1.hours", "must be a whole number", "digits only"),
    ("name: night", "name: day", 21, "shifts.1.name", "`day` is already taken", "another one"),
    ("    folder: drop\n", "", 25, "feeds.0.folder", "a csv feed needs it", "Add `folder: ...`"),
    ("kind: board", "kind: board\n    folder: x", 34, "feeds.1.folder", "no use to a board feed", "Remove `folder`"),
    ("mapping: roster.yaml", "mapping: rooster.yaml", 28, "feeds.0.mapping", "does not exist", "declare it"),
    ("mapping: roster.yaml", "mapping: ../../etc.yaml", 28, "feeds.0.mapping", "not a file of this site", "inside"),
    ("freshness: batch", "freshness: daily", 29, "feeds.0.freshness", "not one of", "`batch`, `micro-batch`"),
    ("mode: shadow", "mode: shadwo", 39, "workflows.staffing.mode", "`shadwo`", "Did you mean `shadow`?"),
    ("      1a: off", "      1b: off", 41, "workflows.staffing.units.1b", "the unit `1b`", "Choose from: `1a`, `ed`."),
    ("1a: off", "1a: on", 41, "workflows.staffing.units.1a", "not one of the choices", "`assistive`"),
    ("      engineering: C\n", "", 42, "workflows.staffing.owners.engineering", "is missing", "answers for the soft"),
    ("role: charge-nurse", "role: nurse-in-charge", 47, "people.0.role", "not one of", "`charge-nurse`"),
    ("answers: [staffing]", "answers: [stafing]", 48, "people.0.answers.0", "workflow `stafing`", "`staffing`?"),
    ("units: [1a]", "units: [9z]", 50, "people.0.units.0", "the unit `9z`, which does not exist", "Choose from"),
    ("code: busy", "code: other", 52, "override_reasons.0.code", "already taken", "`other` is always there"),
    ("port: 2575", "port: 99999", 56, "listeners.mllp.port", "must be at most 65535", "Correct the number"),
    ("port: 2575", "port: 1\n    host: here", 57, "listeners.mllp.host", "not an address", "`127.0.0.1`"),
    ("port: 2575", "port: 1\n    host: 0.0.0.0", 57, "listeners.mllp.host", "others could reach it", "127.0.0.1"),
    ("hook: patient-view", "hook: patient-veiw", 61, "cds.services.0.hook", "not one", "`patient-view`?"),
    ("workflow: staffing", "workflow: beds", 62, "cds.services.0.workflow", "`beds`", "Choose from: `staffing`"),
    ("people:\n", "people: nobody\nnone:\n", 46, "people", "must be a list, not the text `nobody`", "`- `"),
    ("  staffing:\n    mode", "  Staffing!:\n    mode", 38, "workflows.Staffing!", "cannot be a name", "underscores"),
    ("owners:\n", "owners: x\n    more:\n", 42, "workflows.staffing.owners", "keys of its own", "two spaces"),
    (
        "workflows:\n  staffing",
        "repeats: [{live: rosta, batch: board, kinds: [shift.clocked_in]}]\nworkflows:\n  staffing",
        37,
        "repeats.0.live",
        "feed `rosta`",
        "Did you mean `roster`?",
    ),
    (
        "workflows:\n  staffing",
        "repeats: [{live: roster, batch: roster, kinds: [shift.clocked_in]}]\nworkflows:\n  staffing",
        37,
        "repeats.0.batch",
        "the same feed",
        "two different",
    ),
    (
        "workflows:\n  staffing",
        "repeats: [{live: roster, batch: board, kinds: [note.written]}]\nworkflows:\n  staffing",
        37,
        "repeats.0.kinds.0",
        "tells one of a day",
        "Choose from: stay",
    ),
    (
        "workflows:\n  staffing",
        "repeats: [{live: board, batch: roster, kinds: [stay.admitted]}]\nworkflows:\n  staffing",
        37,
        "repeats.0.kinds.0",
        "never comes from the feed `roster`",
        "Choose from",
    ),
    # the text itself
    ("country: GB", "country: GB\n\tregion: x", 5, "(file)", "is not valid YAML", "indentation by spaces"),
    ("title: Small Hospital", 'title: "Small', 2, "(file)", "is not valid YAML", "quotes in pairs"),
    ("title: Small Hospital", "title: a: b", 2, "(file)", "is not valid YAML", "a colon and a space"),
    ("title: Small Hospital", "title: &t Small", 2, "title", "anchor or an alias", "Write the value out"),
    ("title: Small Hospital", "title: !!python/name:os.system x", 2, "title", "has a tag", "begins with !"),
    ("title: Small Hospital", "title: .nan", 2, "title", "is .nan, which is no number", "Write a number"),
    ("title: Small Hospital", "title: " + "9" * 60, 2, "title", "more than 40 digits", "Shorten it"),
    ("slug: small", "---\nslug: small\n---\na: 1\n...\n---", 3, "(file)", "second document", "file of its own"),
    ("title: Small Hospital", "title: " + "[" * 40 + "]" * 40, 2, "title", "nested too deeply", "flatten"),
    ("title: Small Hospital", "? [a, b]\n: x", 2, "(file)", "not a word", "plain words"),
]


def test_the_small_site_is_right_before_it_is_broken(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "roster.yaml").write_text(ROSTER)
    assert load_site(tmp_path).site.title == "Small Hospital"


@pytest.mark.parametrize(
    ("find", "put", "line", "field", "what", "remedy"), WAYS, ids=[f"{way[3]}: {way[4]}"[:60] for way in WAYS]
)
def test_each_way_of_being_wrong_names_its_line_its_field_and_its_remedy(
    tmp_path: Path, *, find: str, put: str, line: int, field: str, what: str, remedy: str
) -> None:
    assert SITE.count(find) >= 1
    found = problems(tmp_path, SITE.replace(find, put, 1))
    facts = [problem.facts for problem in found if problem.facts["field"].startswith(field)]
    assert facts, f"nothing is said of {field}: {[str(problem) for problem in found]}"
    said = next((each for each in facts if what in each["what"]), facts[0])
    assert (said["line"], said["field"].startswith(field)) == (line, True), str(said)
    assert what in said["what"]
    assert remedy in said["remedy"]
    assert said["file"] == str(tmp_path / "site.yaml")


def test_all_problems_of_a_file_are_told_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    site = SITE.replace("kind: ward", "kind: wart").replace("port: 2575", "port: -1").replace("zone:", "zones:")
    found = problems(tmp_path, site)
    assert [problem.facts["field"] for problem in found] == ["zone", "zones", "units.1.kind", "listeners.mllp.port"]


def test_the_message_is_one_line_for_each_problem_with_exit_code_11(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE.replace("kind: ward", "kind: wart").replace("beds: 4", "beds: four"))
    with pytest.raises(BrokenFiles) as caught:
        load_site(tmp_path)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(caught.value.problems) == 2
    assert lines[1] == (
        f"{tmp_path / 'site.yaml'}:13: units.1.kind: is not one of the choices: it is the text `wart`. "
        "Did you mean `ward`?"
    )
    assert caught.value.exit_code == 11


def test_a_folder_without_a_site_file_says_which_file_to_create(tmp_path: Path) -> None:
    with pytest.raises(BrokenFiles, match=r"site\.yaml:1: \(file\): does not exist\. Create it"):
        load_site(tmp_path)


def test_a_file_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_bytes(SITE.replace("Emergency", "Notfall für").encode("latin-1"))
    with pytest.raises(BrokenFiles, match=r"site\.yaml:7: \(file\): is not UTF-8 here"):
        load_site(tmp_path)


def test_a_file_of_two_megabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE + "#" * 2_000_000)
    with pytest.raises(BrokenFiles, match="is larger than"):
        load_site(tmp_path)


def test_an_overlay_of_an_unknown_workflow_and_an_unknown_unit_are_both_named(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    entry = "- {id: x, value: 1, from: 2026-01-01, source: S, owner: O, unit: 1b}\n"
    (tmp_path / "policies" / "stafing.yaml").write_text("[]\n")
    (tmp_path / "policies" / "staffing.yaml").write_text(entry)
    found = problems(tmp_path, SITE)
    assert [str(p.facts["remedy"]) for p in found] == ["Did you mean `staffing`?"]
    (tmp_path / "policies" / "stafing.yaml").unlink()
    (found_unit,) = problems(tmp_path, SITE)
    assert (found_unit.facts["line"], found_unit.facts["remedy"]) == (1, "Choose from: `1a`, `ed`.")


def test_two_feeds_that_could_claim_one_message_are_told_apart_or_refused(tmp_path: Path) -> None:
    feed = "  - {name: N, kind: hl7v2, sender: {application: EHR}, freshness: stream, owner: O, steward: S}\n"
    site = SITE.replace("feeds:\n", "feeds:\n" + feed.replace("N", "a") + feed.replace("N", "b"))
    assert any("could also belong to the feed `a`" in str(problem) for problem in problems(tmp_path, site))
