"""A mapping laid over those it extends: what is taken over, what is taken away, and where each fault stands."""

from pathlib import Path

import pytest
from tests.sites.small_site import problems_of

from wardwise.sites.broken import BrokenFiles
from wardwise.sites.hl7_mapping import Hl7Mapping
from wardwise.sites.mapping import edition_of, read_mapping

BASE = """\
format: hl7v2
version: 3
codes: {units: {4A: 4a}}
names:
  at: [EVN-6, EVN-2]
  id: PID-3.1
  patient: {identifier: $id, authority: $by}
  by: {constant: base}
rules:
  - match: {type: ADT, trigger: [A01, A04]}
    emit: [{kind: stay.admitted, occurred_at: $at, about: {patient: $patient}}]
  - match: {type: ADT, trigger: [A08]}
    emit: [{kind: stay.updated, occurred_at: $at, about: {patient: $patient}}]
  - match: {type: ORU}
    emit: [{kind: lab.resulted, occurred_at: $at, about: {patient: $patient}}]
ignore:
  - {match: {type: ADT, trigger: [A28]}, reason: base}
"""


def read(folder: Path, **files: str) -> Hl7Mapping:
    (folder / "base.yaml").write_text(BASE)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    mapping = read_mapping(folder / "own.yaml")
    assert isinstance(mapping, Hl7Mapping)
    return mapping


HEAD = "format: hl7v2\nversion: 1\n"


def matches(mapping: Hl7Mapping) -> list[tuple[str, tuple[str, ...], str]]:
    return [(r.match.type, r.match.trigger, r.emit[0].kind if r.emit else "") for r in mapping.rules]


def test_a_name_may_use_names_and_each_can_be_changed_alone(tmp_path: Path) -> None:
    mapping = read(tmp_path, own=HEAD + "extends: base.yaml\nnames: {by: {constant: own}}\n")
    patient = mapping.rules[0].emit[0].about.patient
    assert patient is not None
    assert (patient.identifier.take, patient.authority.constant) == (("PID-3.1",), "own")


def test_a_name_given_anew_keeps_nothing_of_the_old_and_a_fault_in_it_is_told_once(tmp_path: Path) -> None:
    own = HEAD + "extends: base.yaml\nnames: {by: {take: PID3}}\n"
    (problem,) = problems_of(lambda: read(tmp_path, own=own))
    assert str(problem).startswith(f"{tmp_path}/own.yaml:4: rules.0.emit.0.about.patient.authority.take: `PID3`")


def test_a_name_that_leads_back_to_itself_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenFiles, match=r"base\.yaml:7: names\.patient: leads back .*\(patient > id > patient\)"):
        read(tmp_path, own=HEAD + "extends: base.yaml\nnames: {id: $patient}\n")


def test_files_extend_files_that_extend_files(tmp_path: Path) -> None:
    middle = HEAD + "extends: base.yaml\ncodes: {units: {4B: 4b}}\nnames: {by: {constant: middle}}\n"
    mapping = read(tmp_path, middle=middle, own=HEAD + "extends: middle.yaml\ncodes: {units: {4C: 4c}}\n")
    assert mapping.codes["units"] == {"4A": "4a", "4B": "4b", "4C": "4c"}
    assert edition_of(mapping) == "1+middle.yaml@1+base.yaml@3"


def test_of_several_the_first_is_laid_over_the_next_and_what_both_extend_counts_once(tmp_path: Path) -> None:
    first = HEAD + "extends: base.yaml\nnames: {by: {constant: first}}\n"
    second = HEAD + (
        "extends: base.yaml\nnames: {by: {constant: second}, more: MSH-7}\nrules:\n"
        "  - {match: {type: SIU}, emit: [{kind: case.booked, occurred_at: $more}]}\n"
    )
    mapping = read(tmp_path, first=first, second=second, own=HEAD + "extends: [first.yaml, second.yaml]\n")
    assert matches(mapping) == [
        ("ADT", ("A01", "A04"), "stay.admitted"),
        ("ADT", ("A08",), "stay.updated"),
        ("ORU", (), "lab.resulted"),
        ("SIU", (), "case.booked"),
    ]
    patient = mapping.rules[0].emit[0].about.patient
    assert patient is not None
    assert patient.authority.constant == "first"


def test_an_own_rule_takes_its_messages_from_those_taken_over(tmp_path: Path) -> None:
    own = "extends: base.yaml\nrules:\n  - {match: {type: ADT, trigger: [A04, A08]}, emit: []}\n"
    assert matches(read(tmp_path, own=HEAD + own)) == [
        ("ADT", ("A04", "A08"), ""),
        ("ADT", ("A01",), "stay.admitted"),
        ("ORU", (), "lab.resulted"),
    ]


def test_an_own_ignore_takes_its_messages_from_the_rules_taken_over(tmp_path: Path) -> None:
    own = "extends: base.yaml\nignore:\n  - {match: {type: ORU}, reason: own}\n"
    mapping = read(tmp_path, own=HEAD + own)
    assert [kind for _, _, kind in matches(mapping)] == ["stay.admitted", "stay.updated"]
    assert [each.reason for each in mapping.ignore] == ["own", "base"]


def test_an_own_rule_for_one_sender_leaves_the_others_theirs(tmp_path: Path) -> None:
    own = "extends: base.yaml\nrules:\n  - {match: {type: ADT, trigger: [A08], sender: {application: X}}, emit: []}\n"
    assert [kind for _, _, kind in matches(read(tmp_path, own=HEAD + own))] == [
        "", "stay.admitted", "stay.updated", "lab.resulted",
    ]  # fmt: skip


def test_a_fault_is_shown_where_it_stands_though_rules_before_it_went(tmp_path: Path) -> None:
    slip = BASE.replace("lab.resulted, occurred_at: $at", "lab.resulted, occurred_at: at")
    own = HEAD + "extends: slip.yaml\nrules:\n  - {match: {type: ADT}, emit: []}\n"
    with pytest.raises(BrokenFiles, match=r"slip\.yaml:15: rules\.1\.emit\.0\.occurred_at\.take: `at` is not an addr"):
        read(tmp_path, slip=slip, own=own)


WRONG = [
    ("extends: own.yaml", "leads back to this file"),
    ("extends: middle.yaml", "leads back to this file"),
    ("extends: standard/adtt.yaml", "Did you mean `standard/adt.yaml`"),
    ("extends: ../../etc/passwd.yaml", "does not exist"),
    ("extends: /etc/hosts.yaml", "does not exist"),
    ("extends: [base.yaml, bas.yaml]", "Did you mean `base.yaml`"),
    ("extends: 7", "does not exist"),
]


@pytest.mark.parametrize(("line", "what"), WRONG)
def test_what_cannot_be_extended_is_refused_at_its_line(tmp_path: Path, line: str, what: str) -> None:
    with pytest.raises(BrokenFiles) as caught:
        read(tmp_path, middle=HEAD + "extends: own.yaml\n", own=HEAD + line + "\n")
    assert what in str(caught.value)
    assert "yaml:3: extends" in str(caught.value)


def test_a_region_may_keep_what_its_sites_share(tmp_path: Path) -> None:
    (tmp_path / "region").mkdir()
    (tmp_path / "site").mkdir()
    (tmp_path / "region" / "adt.yaml").write_text(BASE)
    own = tmp_path / "site" / "adt.yaml"
    own.write_text(HEAD + "extends: ../region/adt.yaml\n")
    mapping = read_mapping(own)
    assert isinstance(mapping, Hl7Mapping)
    assert len(mapping.rules) == 3
