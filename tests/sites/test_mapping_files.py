from decimal import Decimal
from pathlib import Path

import pytest
from tests.sites.small_site import problems_of

from wardwise.sites.broken import BrokenFiles
from wardwise.sites.csv_mapping import CsvMapping
from wardwise.sites.emit import As, Unknown
from wardwise.sites.hl7_mapping import ADDRESS, Hl7Mapping
from wardwise.sites.kinds import kinds_in
from wardwise.sites.mapping import Mapping, read_mapping
from wardwise.sites.meds_mapping import MedsMapping
from wardwise.sites.named import CONVERSIONS, FUNCTIONS, Conversion, Function

HL7 = """\
format: hl7v2
version: 3
codes:
  units: {4A: 4a}
  vitals: {8867-4: {code: pulse, ucum: /min}}
  measures: {bpm: {ucum: /min}}
names:
  unit: {take: PV1-3.1, table: units}
  happened: [EVN-6, EVN-2]
rules:
  - match: {type: ADT, trigger: A01}
    emit:
      - kind: stay.admitted
        occurred_at: [$happened, MSH-7]
        about: {unit: $unit}
  - match: {type: ORU}
    emit:
      - kind: sign.measured
        for_each: OBX
        when: [{take: OBX-3.1, in: vitals}]
        occurred_at: OBX-14
        payload: {code: {take: OBX-3.1, table: vitals, pick: code}}
        measured: {value: OBX-5, stated: OBX-6, measures: measures}
        status: {take: OBX-11, default: final}
"""

CSV = """\
format: csv
version: 1
header: {employee: [Id], start: [Start], end: [End]}
delivers: full
key: [employee]
emit:
  - kind: shift.assigned
    occurred_at: {take: start, as: time}
    payload:
      ends: {take: end, as: time, after: {take: start, as: time}}
    fact_key: [employee, start]
"""

MEDS = """\
format: meds
version: 1
authority: study
entries:
  - {code: LAB//1//bpm, kind: sign.measured, payload: {code: pulse}, ucum: /min}
  - {code: LAB//*, kind: lab.resulted}
ignore:
  - {code: GENDER*, reason: known from registration}
"""


def read(folder: Path, text: str, name: str = "m.yaml") -> Mapping:
    (folder / name).write_text(text)
    return read_mapping(folder / name)


FHIR = """\
format: fhir
version: 1
codes:
  units: {4A: 4a}
names:
  who: {identifier: identifier.value, authority: {constant: v}}
rules:
  - match: {type: Encounter}
    otherwise: Nothing
    emit:
      - {kind: stay.left, occurred_at: period.start, fact_key: id, about: {encounter: $who}}
  - match: {type: Flag}
    emit: [{kind: note.written, occurred_at: period.start, state_key: id, about: {encounter: $who}}]
"""

WAYS = [
    (HL7, "format: hl7v2", "format: hl7", 1, "format", "how the feed speaks", "Did you mean `hl7v2`?"),
    (HL7, "version: 3", "version: 0", 2, "version", "at least 1", "Correct"),
    (HL7, "PV1-3.1", "PV1.3.1", 8, "rules.0.emit.0.about.unit.take", "not an address", "`PV1-3.1`"),
    (HL7, "OBX-14", "obx-14", 21, "rules.1.emit.0.occurred_at.take", "not an address", "`PV1-3.1`"),
    (HL7, "$unit", "$units", 15, "rules.0.emit.0.about.unit", "the name `units`", "Did you mean `unit`?"),
    (HL7, "in: vitals", "in: vital", 20, "rules.1.emit.0.when.0.in", "the table `vital`", "Did you mean `vitals`?"),
    (HL7, ", in: vitals", "", 20, "rules.1.emit.0.when.0", "has 0 tests", "exactly one"),
    (HL7, "pick: code", "pick: cod", 22, "rules.1.emit.0.payload.code.pick", "column `cod`", "Did you mean `code`?"),
    (HL7, ", pick: code", "", 22, "rules.1.emit.0.payload.code.table", "which column", "Add `pick`"),
    (HL7, "{ucum: /min}}\nnames", "/min}\nnames", 6, "codes.measures.bpm", "not a measure", "{ucum: ...}"),
    (HL7, "default: final", "default: finall", 24, "rules.1.emit.0.status", "no status", "`final`?"),
    (HL7, "for_each: OBX", "for_each: obx", 19, "rules.1.emit.0.for_each", "`obx` is no segment", "such as `OBX`"),
    (HL7, "kind: stay.admitted", "kind: admitted", 13, "rules.0.emit.0.kind", "not a kind", "`stay.admitted`"),
    (HL7, "{type: ORU}", "{type: ADT, trigger: [A01]}", 16, "rules.1.match", "never reached: rule 1", "Move it up"),
    (HL7, "table: units}", "table: units, function: shout}", 8, "rules.0.emit.0.about.unit", "not one", "`upper`"),
    (HL7, "table: units}", "eval: units}", 8, "rules.0.emit.0.about.unit.eval", "not a key", "Choose from"),
    (HL7, "{value: OBX-5,", "{value: {default: 1},", 23, "rules.1.emit.0.measured.value", "nothing about", "one of"),
    (HL7, "bpm: {ucum: /min}", "F: {ucum: Cel, conversion: f2c}", 6, "codes.measures.F.conversion", "`f2c`", "Choose"),
    (CSV, "take: end,", "take: ende,", 10, "emit.0.payload.ends.take", "column `ende`", "Did you mean `end`?"),
    (CSV, "key: [employee]", "key: [emp]", 5, "key.0", "the column `emp`", "Choose from"),
    (CSV, "delivers: full", "delivers: all", 4, "delivers", "not one", "Choose from: `delta`, `full`"),
    (CSV, "take: end, as: time", "take: end", 10, "emit.0.payload.ends.after", "for times only", "Add `as: time`"),
    (CSV, "end: [End]", "end: [start]", 3, "header.end", "claims `start`", "Keep it in one"),
    (CSV, "    fact_key: [employee, start]\n", "", 7, "emit.0.fact_key", "a full file withdraws facts", "fact_key"),
    (CSV, "delivers: full", "delivers: full\ncovers: {day: date}", 5, "covers.0", "`date`", ""),
    (CSV, "delivers: full", "delivers: delta\ncovers: {day: start}", 5, "covers", "changes only", "Remove `covers`"),
    (CSV, "delivers", "time_formats: [%Q]\ndelivers", 4, "(file)", "not valid YAML", "quotes"),
    (CSV, "delivers", 'time_formats: ["%Q"]\ndelivers', 4, "time_formats.0", "not a date or time format", "%H:%M"),
    (CSV, "delivers", "known_lag_minutes: -1\ndelivers", 4, "known_lag_minutes", "at least 0", "Correct"),
    (
        CSV,
        "{take: start, as: time}\n    p",
        "{take: start, table: t}\n    p",
        8,
        "emit.0.occurred_at.table",
        "`t`",
        "decl",
    ),
    (FHIR, "period.start", "period..start", 11, "rules.0.emit.0.occurred_at.take", "is not a path", "with dots"),
    (FHIR, "fact_key: id, ", "", 11, "rules.0.emit.0", "neither `fact_key` nor `state_key`", "fact_key: id"),
    (FHIR, "type: Flag", "type: Encounter", 12, "rules.1.match", "is never reached", "earlier rule"),
    (FHIR, "type: Flag", "type: flag", 12, "rules.1.match.type", "string should match", "Correct"),
    (MEDS, "LAB//*", "LAB//1//bpm", 6, "entries.1.code", "stands twice", "Remove one"),
    (MEDS, "ucum: /min", "conversion: kpa_to_mmhg", 5, "entries.0.conversion", "without `ucum`", "Add the measure"),
    (MEDS, "ucum: /min", "words: yes", 5, "entries.0.words", "the table `yes`", "declare it first"),
]


@pytest.mark.parametrize(
    ("text", "find", "put", "line", "field", "what", "remedy"), WAYS, ids=[f"{way[4]}: {way[5]}"[:70] for way in WAYS]
)
def test_a_broken_mapping_is_named(
    tmp_path: Path, *, text: str, find: str, put: str, line: int, field: str, what: str, remedy: str
) -> None:
    assert find in text
    found = problems_of(lambda: read(tmp_path, text.replace(find, put, 1)))
    facts = [problem.facts for problem in found]
    said = next((f for f in facts if str(f["field"]).startswith(field) and what in str(f["what"])), None)
    assert said is not None, found
    assert said["line"] == line
    assert remedy in str(said["remedy"])


def test_names_stand_for_places_lists_and_whole_values(tmp_path: Path) -> None:
    mapping = read(tmp_path, HL7)
    assert isinstance(mapping, Hl7Mapping)
    (emit,) = mapping.rules[0].emit
    assert emit.occurred_at.take == ("EVN-6", "EVN-2", "MSH-7")
    assert emit.about.unit is not None
    assert (emit.about.unit.take, emit.about.unit.table) == (("PV1-3.1",), "units")
    assert emit.about.unit.unknown is Unknown.QUARANTINE
    assert kinds_in(mapping) == {"stay.admitted", "sign.measured"}


def test_a_dialect_is_a_few_lines_over_another_mapping(tmp_path: Path) -> None:
    read(tmp_path, HL7, "adt.yaml")
    dialect = read(
        tmp_path,
        "format: hl7v2\nversion: 4\nextends: adt.yaml\n"
        "codes: {units: {WEST: 4a}}\nnames: {unit: {take: ZPV-2.1, table: units}}\n"
        "rules:\n  - {match: {type: ADT, trigger: [A01], sender: {application: OLD}}, emit: []}\n",
        "west.yaml",
    )
    assert isinstance(dialect, Hl7Mapping)
    assert dialect.version == 4
    assert dialect.codes["units"] == {"4A": "4a", "WEST": "4a"}
    assert [rule.match.type for rule in dialect.rules] == ["ADT", "ADT", "ORU"]
    assert dialect.rules[1].emit[0].about.unit is not None
    assert dialect.rules[1].emit[0].about.unit.take == ("ZPV-2.1",)
    assert dialect.rules[1].emit[0].occurred_at.take == ("EVN-6", "EVN-2", "MSH-7")


def test_a_fault_in_the_extended_file_is_shown_in_that_file(tmp_path: Path) -> None:
    (tmp_path / "adt.yaml").write_text(HL7.replace("OBX-14", "obx-14"))
    with pytest.raises(BrokenFiles, match=r"adt\.yaml:21: rules\.2\.emit\.0\.occurred_at\.take"):
        read(
            tmp_path,
            "extends: adt.yaml\nrules:\n  - {match: {type: ADT, trigger: [A02]}, emit: []}\n",
            "west.yaml",
        )


def test_a_dialect_of_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    read(tmp_path, HL7, "adt.yaml")
    with pytest.raises(BrokenFiles, match=r"west\.yaml:1: extends: .*Did you mean `adt\.yaml`"):
        read(tmp_path, "extends: atd.yaml\n", "west.yaml")


def test_the_end_of_a_night_shift_comes_after_its_start(tmp_path: Path) -> None:
    mapping = read(tmp_path, CSV)
    assert isinstance(mapping, CsvMapping)
    ends = mapping.emit[0].payload["ends"]
    assert ends.type is As.TIME
    assert ends.after is not None
    assert ends.after.take == ("start",)


@pytest.mark.parametrize(
    ("code", "kind"), [("LAB//1//bpm", "sign.measured"), ("LAB//2//x", "lab.resulted"), ("DRG//1", None)]
)
def test_an_exact_code_beats_a_beginning(tmp_path: Path, code: str, kind: str | None) -> None:
    mapping = read(tmp_path, MEDS)
    assert isinstance(mapping, MedsMapping)
    entry = mapping.entry(code)
    assert (entry.kind if entry else None) == kind
    assert mapping.ignored("GENDER//F") is not None


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("PV1-3", ("PV1", "3", None, None, None, None, None)),
        ("PV1-3.1.2", ("PV1", "3", None, None, None, "1", "2")),
        ("PID-3[2].1", ("PID", "3", "2", None, None, "1", None)),
        ("PID-3[5=MR].1", ("PID", "3", None, "5", "MR", "1", None)),
        ("ZPV-12.4", ("ZPV", "12", None, None, None, "4", None)),
    ],
)
def test_an_address_has_these_parts(address: str, parts: tuple[str | None, ...]) -> None:
    found = ADDRESS.fullmatch(address)
    assert found is not None
    names = ("segment", "field", "repetition", "where", "equals", "component", "subcomponent")
    assert tuple(found[name] for name in names) == parts


@pytest.mark.parametrize("text", ["PV1", "PV1-0", "PV1-3.0", "pv1-3", "PV1-3[0]", "PV1-3[5=].1", "PV1-3.1.1.1", "$x"])
def test_these_are_no_addresses(text: str) -> None:
    assert ADDRESS.fullmatch(text) is None


@pytest.mark.parametrize(
    ("function", "text", "result"),
    [
        (Function.SLUG, "Bay 07/A", "bay-07-a"),
        (Function.DIGITS, "4A-12", "412"),
        (Function.UNPAD, "007", "7"),
        (Function.UNPAD, "000", "0"),
        (Function.UNPAD, "", ""),
        (Function.FIRST_WORD, "  ", ""),
        (Function.FIRST_WORD, "room air", "room"),
        (Function.UPPER, "4a", "4A"),
        (Function.LOWER, "4A", "4a"),
    ],
)
def test_a_named_function_changes_one_text(function: Function, text: str, result: str) -> None:
    assert FUNCTIONS[function](text) == result


@pytest.mark.parametrize(
    ("conversion", "number", "result"),
    [
        (Conversion.FAHRENHEIT_TO_CELSIUS, "100.4", "38.0"),
        (Conversion.FRACTION_TO_PERCENT, "0.97", "97"),
        (Conversion.KPA_TO_MMHG, "16", "120.0"),
        (Conversion.POUND_TO_KILOGRAM, "150", "68.04"),
        (Conversion.INCH_TO_CENTIMETRE, "70", "177.8"),
        (Conversion.GRAM_PER_LITRE_TO_PER_DECILITRE, "135", "13.5"),
    ],
)
def test_a_conversion_is_exact_in_decimals(conversion: Conversion, number: str, result: str) -> None:
    assert CONVERSIONS[conversion](Decimal(number)) == Decimal(result)


def test_every_name_in_the_closed_lists_has_its_function() -> None:
    assert set(FUNCTIONS) == set(Function)
    assert set(CONVERSIONS) == set(Conversion)
