"""Every parser that is fuzzed, by name."""

from pathlib import Path

from benches.fuzz import hl7v2, mapped, samples, surfaces
from benches.fuzz.target import Target

_DEMO = Path(__file__).parents[2] / "sites" / "demo"
_FEW = 700  # bytes: YAML is read slowly, and what is wrong with it shows early


def _yaml(*names: str) -> tuple[bytes, ...]:
    return tuple((_DEMO / name).read_bytes()[:_FEW] for name in names)


_YAML_WORDS = (
    b": ",
    b"- ",
    b"{",
    b"}",
    b"[",
    b"&a",
    b"*a",
    b"!!int",
    b"---\n",
    b"|\n",
    b"%YAML",
    b"? ",
    b"0o7",
    b".inf",
)

TARGETS = {
    "hl7-message": Target(hl7v2.message, samples.MESSAGES, samples.HL7_WORDS),
    "mllp-framing": Target(hl7v2.framing, (b"\1\2\3\4" + samples.STREAM[:500],), samples.HL7_WORDS, longest=512),
    "hl7-batch": Target(hl7v2.batch, (samples.BATCH, samples.ADT), samples.HL7_WORDS),
    "hl7-escapes": Target(hl7v2.escapes, (b"a\\F\\b\\X0D0A\\\\.sp3\\\\E\\X09\\E\\",), samples.HL7_WORDS),
    "hl7-timestamps": Target(hl7v2.timestamps, samples.TIMES, (b"+0100", b"-1200", b"24", b"60", b"."), longest=64),
    "hl7-charset": Target(hl7v2.charset, samples.CHARSETS, (*samples.CHARSETS, b"\0", b"~")),
    "mllp-door": Target(hl7v2.door, (samples.STREAM, b"\x0b" + samples.BATCH + b"\x1c\r"), samples.HL7_WORDS),
    "hl7-reader": Target(
        mapped.hl7_reader,
        (
            b"\0" + samples.ADT.partition(b"\r")[2],
            b"\7" + samples.MERGE.partition(b"\r")[2],
            b"\x08" + samples.VITALS.partition(b"\r")[2],
            b"\xff" + samples.VITALS,
        ),
        samples.HL7_WORDS,
    ),
    "fhir-reader": Target(
        mapped.fhir_reader, (samples.ENCOUNTER, samples.OBSERVATIONS), (*samples.JSON_WORDS, *samples.FHIR_WORDS)
    ),
    "csv-reader": Target(mapped.csv_reader, (samples.ROSTER,), (b",", b'"', b"\r\n", b"\xef\xbb\xbf", b"\0", b"24:00")),
    "xes-reader": Target(mapped.xes_reader, (samples.XES,), samples.XML_WORDS),
    "meds-rows": Target(mapped.meds_rows, (samples.MEDS,), (b"\t", b"\n", b"MEDS_BIRTH", b"9e99", b".")),
    "omop": Target(
        mapped.omop_table,
        (samples.OMOP,),
        (b",", b"\n", b'"', b"\t", b"Z", b"+05:30", b"9999-12-31", b"1e99"),
        longest=1024,
    ),
    "yaml-site": Target(surfaces.yaml_site, _yaml("site.yaml"), _YAML_WORDS, longest=_FEW),
    "yaml-contract": Target(surfaces.yaml_contract, _yaml("contracts/adt.yaml"), _YAML_WORDS, longest=_FEW),
    "yaml-mapping": Target(surfaces.yaml_mapping, _yaml("mappings/staff.yaml"), _YAML_WORDS, longest=_FEW),
    "cds-hooks": Target(surfaces.cds_hooks, (samples.CALL, samples.FEEDBACK), samples.JSON_WORDS),
    "board-form": Target(surfaces.board_form, (samples.FORM,), (b"&", b"=", b"%00", b"%FF", b"answer=", b"+")),
    "answer-body": Target(surfaces.answer_body, (samples.ANSWER,), samples.JSON_WORDS),
}
