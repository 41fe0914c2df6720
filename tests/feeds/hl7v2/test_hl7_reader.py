"""Messages in, events out: what the demo site's mappings make of ADT and ORU, and what they set aside."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from wardwise.feeds.intake import read_all
from wardwise.feeds.reading import Reader, Reading
from wardwise.hospital.token import tokenise
from wardwise.loop.capture.event import Draft, Status
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.kinds import check
from wardwise.loop.capture.log import Batch
from wardwise.stores.memory.log import MemoryLog

Read = Callable[..., Reading]
KEY = b"k" * 32
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FOUR = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)  # 04:00 in Chicago


def adt(trigger: str, *, evn6: str = "20260301040000", pid: str = "", pv1: str = "", extra: str = "") -> str:
    who = pid or "PID|1||7001^^^LGH^MR||ZZDOE^ZZJANE||19500101|F"
    visit = pv1 or "PV1|1|I|4A^^12||||||||||||||||88^^^LGH"
    return (
        f"MSH|^~\\&|EHR|LGH|W|W|20260301041000||ADT^{trigger}|c1|P|2.5.1\r"
        f"EVN|{trigger}|20260301040500||||{evn6}\r{who}\r{visit}\r{extra}"
    )


def oru(*results: str, pv1: str = "PV1|1|I|4A^^12||||||||||||||||88^^^LGH", msh7: str = "20260301041000") -> str:
    head = f"MSH|^~\\&|EHR|LGH|W|W|{msh7}||ORU^R01|c1|P|2.5.1\rPID|1||7001^^^LGH^MR||ZZDOE||19500101|F\r{pv1}\r"
    return head + "OBR|1||F1|VS|||20260301040000\r" + "\r".join(results) + "\r"


def obx(code: str, value: str, measure: str, *, status: str = "F", at: str = "20260301040000") -> str:
    return f"OBX|1|NM|{code}^X^LN||{value}|{measure}|||||{status}|||{at}"


def only(reading: Reading) -> Draft:
    assert reading.quarantine is None, reading.quarantine
    assert len(reading.drafts) == 1
    check(reading.drafts[0])
    return reading.drafts[0]


OUT = "PV1|1|O|4A^^12||||||||||||||||88^^^LGH"
EMERGENCY = "PV1|1|E|ED^^3||||||||||||||||88^^^LGH"
MOVED = "PV1|1|I|4B^^7|||ICU^^2|||||||||||||88^^^LGH"
ADT_TABLE = [
    ("A01", {}, "stay.admitted", {"class": "inpatient", "born": "1950-01-01", "sex": "female"}, "demo/4a"),
    ("A02", {"pv1": MOVED}, "stay.transferred", {"from_unit": "demo/icu"}, "demo/4b"),
    ("A03", {}, "stay.discharged", {}, "demo/4a"),
    ("A04", {"pv1": EMERGENCY, "extra": "PV2|||CP^chest pain\r"}, "stay.arrived",
     {"class": "emergency", "complaint": "chest pain", "born": "1950-01-01", "sex": "female"}, "demo/ed"),
    ("A04", {"pv1": OUT}, "stay.registered", {"class": "outpatient", "born": "1950-01-01", "sex": "female"}, "demo/4a"),
    ("A08", {}, "stay.updated", {"class": "inpatient", "born": "1950-01-01", "sex": "female"}, None),
    ("A11", {}, "stay.cancelled",
     {"target": "stay.admitted", "target_occurred_at": "2026-03-01T10:00:00.000000Z"}, "demo/4a"),
    ("A11", {"pv1": EMERGENCY}, "stay.cancelled",
     {"target": "stay.arrived", "target_occurred_at": "2026-03-01T10:00:00.000000Z"}, "demo/ed"),
    ("A12", {}, "stay.cancelled",
     {"target": "stay.transferred", "target_occurred_at": "2026-03-01T10:00:00.000000Z"}, "demo/4a"),
    ("A13", {}, "stay.cancelled",
     {"target": "stay.discharged", "target_occurred_at": "2026-03-01T10:00:00.000000Z"}, "demo/4a"),
    ("A21", {}, "stay.left", {}, "demo/4a"),
    ("A22", {}, "stay.returned", {}, "demo/4a"),
]  # fmt: skip


@pytest.mark.parametrize(("trigger", "parts", "kind", "payload", "unit"), ADT_TABLE)
def test_every_adt_message_becomes_its_event(
    read: Read, trigger: str, parts: dict[str, str], kind: str, payload: dict[str, str], unit: str | None
) -> None:
    draft = only(read("adt", adt(trigger, **parts)))
    assert (draft.kind, dict(draft.payload), draft.about.unit) == (kind, payload, unit)
    assert draft.about.patient == tokenise(KEY, "LGH", "7001")
    assert draft.about.encounter == tokenise(KEY, "LGH", "88")
    assert draft.id.startswith("s")
    assert draft.occurred_at == (datetime(2026, 3, 1, 10, 5, tzinfo=UTC) if "cancelled" in kind else FOUR)


def test_a_bed_is_a_place_in_its_unit(read: Read) -> None:
    assert only(read("adt", adt("A01"))).about.bed == "demo/4a/12"
    assert only(read("adt", adt("A01", pv1="PV1|1|I|4A^^Bay 7/a||||||||||||||||88"))).about.bed == "demo/4a/bay-7-a"


def test_a_merge_names_both_patients_once_for_each_of_its_groups(read: Read) -> None:
    body = adt("A40", extra="MRG|7002^^^LGH\rPID|2||7003^^^LGH\rMRG|7004^^^LGH\r")
    drafts = read("adt", body).drafts
    assert [(d.about.patient, d.payload["merged_patient"]) for d in drafts] == [
        (tokenise(KEY, "LGH", "7001"), tokenise(KEY, "LGH", "7002")),
        (tokenise(KEY, "LGH", "7003"), tokenise(KEY, "LGH", "7004")),
    ]


def test_a_patient_is_not_merged_with_the_same_patient(read: Read) -> None:
    assert code_of(read("adt", adt("A40", extra="MRG|7001^^^LGH\r"))) == "merge-with-itself"


def test_a_cancel_that_does_not_say_what_time_it_cancels_is_flagged(read: Read) -> None:
    draft = only(read("adt", adt("A12", evn6="")))
    assert draft.flags == ("target-time-unknown",)
    assert "target_occurred_at" not in draft.payload


def test_an_explicit_null_deletes_and_an_empty_field_leaves_things_as_they_are(read: Read) -> None:
    visit = "PV1|1|I|4A^^12|||||||{}|||||||||88^^^LGH"
    assert only(read("adt", adt("A08", pv1=visit.format('""')))).payload["service"] is None
    assert "service" not in only(read("adt", adt("A08", pv1=visit.format("")))).payload
    assert only(read("adt", adt("A08", pv1=visit.format("MED")))).payload["service"] == "medicine"


def code_of(reading: Reading) -> str:
    assert not reading.drafts
    return reading.quarantine.code if reading.quarantine else "none"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (adt("A01").replace("ADT^A01", "ADT^A99"), "no-rule"),
        (adt("A01").replace("ADT^A01", "QRY^Q01"), "no-rule"),
        (b"no message at all", "not-hl7"),
        (adt("A01", pv1="PV1|1|I|4A^^12"), "no-encounter"),
        (adt("A01", pv1="PV1|1|I|||||||||||||||||88"), "no-unit"),
        (adt("A01", pv1="PV1|1|I|9Z||||||||||||||||88"), "unknown-code"),
        (adt("A01", evn6="20260301061000"), "impossible-time"),
        (adt("A01", evn6="19491230000000"), "impossible-time"),
        (adt("A01", evn6="not a time"), "bad-time"),
        (adt("A01", pid="PID|1||7001^^^LGH||||20270101|F"), "impossible-time"),
        (adt("A01", pid="PID|1||7001^^^LGH||||19501399|F"), "bad-value"),
    ],
)
def test_what_cannot_be_read_is_quarantined_with_its_reason(read: Read, body: str | bytes, code: str) -> None:
    assert code_of(read("adt", body)) == code


def test_a_type_the_mapping_passes_over_gives_its_reason(read: Read) -> None:
    reading = read("adt", adt("A28"))
    assert (reading.drafts, reading.quarantine, reading.ignored) == ((), None, "Person records without a stay")


def test_a_bedside_clock_may_run_five_minutes_ahead(read: Read) -> None:
    assert only(read("adt", adt("A01", evn6="20260301060500"))).occurred_at == datetime(2026, 3, 1, 12, 5, tzinfo=UTC)
    assert code_of(read("adt", adt("A01", evn6="20260301060501"))) == "impossible-time"


def test_a_day_is_no_instant_so_the_next_place_counts(read: Read) -> None:
    assert only(read("adt", adt("A01", evn6="20260301"))).occurred_at == datetime(2026, 3, 1, 10, 5, tzinfo=UTC)


def test_a_year_of_birth_is_no_birth_date(read: Read) -> None:
    assert "born" not in only(read("adt", adt("A01", pid="PID|1||7001^^^LGH||||1950|F"))).payload


def test_an_hour_the_clock_shows_twice_is_flagged(read: Read) -> None:
    draft = only(read("adt", adt("A01", evn6="20251102013000")))
    assert draft.flags == ("ambiguous-local-time",)
    assert draft.occurred_at == datetime(2025, 11, 2, 6, 30, tzinfo=UTC)


def test_the_offset_of_the_header_is_that_of_the_message(read: Read) -> None:
    body = adt("A01").replace("20260301041000", "20260301041000+0000")
    assert only(read("adt", body)).occurred_at == datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def test_other_marks_and_line_ends_read_alike(read: Read) -> None:
    plain = only(read("adt", adt("A01")))
    other = adt("A01").replace("|^~\\&|", "|!~\\&|", 1).replace("^", "!").replace("\r", "\r\n").replace("|", "#")
    assert only(read("adt", other)) == plain


# Results ------------------------------------------------------------------------------------------------------------

RESULTS = [
    (obx("9279-1", "18", "/min"), {"code": "respiratory-rate", "value": "18.0", "ucum": "/min"}, "final", ()),
    (obx("8310-5", "98.6", "[degF]"),
     {"code": "temperature", "value": "37.0", "ucum": "Cel", "original_value": "98.6", "original_measure": "[degF]"},
     "final", ()),
    (obx("8310-5", "370", "Cel"), {"code": "temperature", "value": "370.0", "ucum": "Cel"},
     "suspect", ("out-of-physical-range",)),
    (obx("8310-5", "37.0", "K"), {"code": "temperature", "original_value": "37.0", "original_measure": "K"},
     "suspect", ("unknown-measure",)),
    (obx("8310-5", "37.0", "mmHg"), {"code": "temperature", "original_value": "37.0", "original_measure": "mmHg"},
     "suspect", ("wrong-measure",)),
    (obx("8867-4", "0", "/min"), {"code": "pulse", "value": "0.0", "ucum": "/min"},
     "suspect", ("out-of-physical-range",)),
    (obx("8867-4", "10", "/min"), {"code": "pulse", "value": "10.0", "ucum": "/min"}, "final", ()),
    (obx("9279-1", "0", "/min"), {"code": "respiratory-rate", "value": "0.0", "ucum": "/min"}, "final", ()),
    (obx("8867-4", "77", ""), {"code": "pulse", "original_value": "77.0"}, "suspect", ("no-measure",)),
    (obx("8867-4", "refused", "/min"), {"code": "pulse", "word": "refused"}, "suspect", ("non-numeric",)),
    (obx("8867-4", "ZZJANE ZZDOE phoned", "/min"), {"code": "pulse"}, "suspect", ("non-numeric",)),
    (obx("8867-4", "", "/min"), {"code": "pulse"}, "suspect", ("no-value",)),
    (obx("8867-4", "77", "/min", status="P"), {"code": "pulse", "value": "77.0", "ucum": "/min"}, "preliminary", ()),
    (obx("80288-4", "V", ""), {"code": "consciousness", "word": "voice"}, "final", ()),
    (obx("2524-7", "<0.3", "mmol/L"), {"code": "lactate", "word": "<0.3"}, "final", ()),
    (obx("718-7", "121", "g/L"),
     {"code": "haemoglobin", "value": "12.1", "ucum": "g/dL", "original_value": "121.0", "original_measure": "g/L"},
     "final", ()),
]  # fmt: skip


def flags(draft: Draft) -> tuple[str, ...]:
    return tuple(flag for flag in draft.flags if not flag.startswith("fact:"))


@pytest.mark.parametrize(("result", "payload", "status", "flagged"), RESULTS)
def test_every_result_becomes_a_measurement_or_a_doubt(
    read: Read, result: str, payload: dict[str, str], status: str, flagged: tuple[str, ...]
) -> None:
    draft = only(read("oru", oru(result)))
    assert (dict(draft.payload), draft.status.value, flags(draft)) == (payload, status, flagged)
    assert draft.occurred_at == FOUR
    assert draft.about.bed == "demo/4a/12"


def test_several_orders_in_one_message_keep_their_own_times(read: Read) -> None:
    body = oru(
        obx("8867-4", "77", "/min", at=""),
        "OBR|2||F2|VS|||20260301050000",
        obx("8867-4", "81", "/min", at=""),
    )
    drafts = read("oru", body).drafts
    assert [d.occurred_at.hour for d in drafts] == [10, 11]
    assert drafts[0].id != drafts[1].id


def test_a_result_never_takes_its_stay_from_another_patient(read: Read) -> None:
    second = "PID|2||7009^^^LGH\rOBR|1||F2|VS|||20260301050000\r" + obx("8867-4", "81", "/min")
    reading = read("oru", oru(obx("8867-4", "77", "/min"), second))
    assert [d.about.patient for d in reading.drafts] == [tokenise(KEY, "LGH", "7001")]
    assert [problem.code for problem in reading.problems] == ["no-encounter"]


def test_a_result_never_takes_its_stay_from_the_patient_after_it(read: Read) -> None:
    second = "PID|2||7009^^^LGH\rPV1|1|I|4B^^1||||||||||||||||99\r" + obx("8867-4", "81", "/min")
    reading = read("oru", oru(obx("8867-4", "77", "/min"), second, pv1="NTE|1"))
    assert [d.about.encounter for d in reading.drafts] == [tokenise(KEY, "LGH", "99")]
    assert [problem.code for problem in reading.problems] == ["no-encounter"]


def test_a_segment_that_comes_after_its_result_still_counts(read: Read) -> None:
    body = oru(obx("8867-4", "77", "/min"), "PV1|1|I|4B^^1||||||||||||||||99", pv1="NTE|1")
    assert only(read("oru", body)).about.encounter == tokenise(KEY, "LGH", "99")


def test_the_day_of_birth_is_a_day_of_life(read: Read) -> None:
    pid = "PID|1||7001^^^LGH||||20260301|F"
    assert only(read("adt", adt("A01", evn6="20260301003000", pid=pid))).payload["born"] == "2026-03-01"
    assert code_of(read("adt", adt("A01", evn6="20260227003000", pid=pid))) == "impossible-time"


def test_one_message_may_correct_itself(read: Read) -> None:
    said = [obx("8867-4", "77", "/min"), obx("8867-4", "77", "/min"), obx("8867-4", "79", "/min", status="C")]
    first, second = read("oru", oru(*said)).drafts
    assert (first.supersedes, second.supersedes) == (None, first.id)


def test_two_feeds_never_replace_one_another(reader_of: Callable[..., Reader], raw: Callable[..., Raw]) -> None:
    log = MemoryLog()
    first = read_all([raw(PULSES[0], number=1, source="other")], {"other": reader_of("oru", log=log)})
    log.append(log.lease("demo", "x"), first.batch, NOW)
    (draft,) = reader_of("oru", log=log).read(raw(PULSES[2], number=2, source="oru"), NOW).drafts
    assert draft.supersedes is None


def test_a_code_in_no_table_is_passed_over_and_counted(read: Read) -> None:
    reading = read("oru", oru(obx("8867-4", "77", "/min"), obx("99999-9", "1", "/min")))
    assert len(reading.drafts) == 1
    assert reading.ignored == "1 of 2 OBX have no rule"


def test_a_message_of_unknown_codes_alone_is_quarantined(read: Read) -> None:
    reading = read("oru", oru(obx("99999-9", "1", "/min")))
    assert code_of(reading) == "nothing-mapped"
    assert reading.quarantine is not None
    assert "1 of 1 OBX have no rule" in reading.quarantine.why


def test_one_result_from_the_future_is_set_aside_and_the_others_count(read: Read) -> None:
    reading = read("oru", oru(obx("8867-4", "77", "/min"), obx("9279-1", "18", "/min", at="20260302040000")))
    assert [d.payload["code"] for d in reading.drafts] == ["pulse"]
    assert [p.code for p in reading.problems] == ["impossible-time"]


def test_an_old_result_is_flagged(read: Read) -> None:
    assert flags(only(read("oru", oru(obx("8867-4", "77", "/min", at="20260225040000"))))) == ("retro-dated",)


def test_blood_pressure_in_kilopascal_is_converted(read: Read) -> None:
    assert only(read("oru", oru(obx("8480-6", "16", "kPa")))).payload["value"] == "120.0"


# Corrections --------------------------------------------------------------------------------------------------------


def steps(reader: Reader, raw: Callable[..., Raw], bodies: list[str]) -> list[tuple[Draft, ...]]:
    return [reader.read(raw(body, number=n, source="oru"), NOW).drafts for n, body in enumerate(bodies, 1)]


PULSES = [
    oru(obx("8867-4", "77", "/min", status="P")),
    oru(obx("8867-4", "77", "/min", status="P")),  # sent again
    oru(obx("8867-4", "79", "/min")),
    oru(obx("8867-4", "97", "/min", status="C")),
    oru(obx("8867-4", "", "/min", status="X")),
]


def test_later_words_on_a_result_supersede_the_earlier_ones(
    reader_of: Callable[..., Reader], raw: Callable[..., Raw]
) -> None:
    first, again, final, corrected, withdrawn = steps(reader_of("oru"), raw, PULSES)
    assert again == ()
    assert [d.status for d in (*first, *final, *corrected, *withdrawn)] == [
        Status.PRELIMINARY, Status.FINAL, Status.CORRECTED, Status.CANCELLED,
    ]  # fmt: skip
    assert [d.supersedes for d in (*first, *final, *corrected, *withdrawn)] == [
        None, first[0].id, final[0].id, corrected[0].id,
    ]  # fmt: skip


def test_a_correction_of_something_never_heard_of_is_flagged(read: Read) -> None:
    draft = only(read("oru", oru(obx("8867-4", "97", "/min", status="C"))))
    assert draft.supersedes is None
    assert flags(draft) == ("replaces-unknown",)


def test_a_new_process_and_a_re_reading_say_the_same(reader_of: Callable[..., Reader], raw: Callable[..., Raw]) -> None:
    raws = [raw(body, number=n, source="oru") for n, body in enumerate(PULSES, 1)]
    whole = MemoryLog()
    appended = whole.append(whole.lease("demo", "x"), read_all(raws, {"oru": reader_of("oru")}).batch, NOW)
    parted = MemoryLog()
    lease = parted.lease("demo", "x")
    for each in raws:  # a new reader for each: what it knows, it knows from the log
        batch: Batch = read_all([each], {"oru": reader_of("oru", log=parted)}).batch
        parted.append(lease, batch, NOW)
    said = [(event.id, event.supersedes, event.status) for event in appended]
    assert [(event.id, event.supersedes, event.status) for event in parted.read("demo")] == said
    late = reader_of("oru", log=whole)
    again = [draft for each in raws for draft in late.read(each, NOW).drafts]
    assert [(draft.id, draft.supersedes, draft.status) for draft in again] == said


def test_reading_the_same_raws_again_before_they_were_appended_says_the_same(
    reader_of: Callable[..., Reader], raw: Callable[..., Raw]
) -> None:
    reader = reader_of("oru")
    assert steps(reader, raw, PULSES) == steps(reader, raw, PULSES)


# Dialects -----------------------------------------------------------------------------------------------------------

DIALECT = """
extends: adt.yaml
format: hl7v2
version: 2
codes:
  units: {NORD: 4b}
names:
  unit: {take: ZPV-2, function: upper, table: units}
  patient:
    identifier: "PID-3[5=MR].1"
    authority: {constant: other}
"""


def test_another_sender_needs_a_few_lines_and_no_code(read: Read) -> None:
    pid = "PID|1||1^^^X^SS~7001^^^LGH^MR||ZZDOE||19500101|F"
    draft = only(read("adt", adt("A01", pid=pid, extra="ZPV|1|nord\r"), DIALECT))
    assert draft.about.unit == "demo/4b"
    assert draft.about.patient == tokenise(KEY, "other", "7001")


ODD = """
extends: oru.yaml
format: hl7v2
version: 3
rules:
  - match: {type: ORU, trigger: [R01], sender: {application: EHR}}
    emit:
      - kind: sign.measured
        for_each: OBX
        occurred_at: OBX-14
        about: {encounter: $encounter}
        payload: {code: {constant: pulse}, value: OBX-5, ucum: {constant: /min}}
        sequence: OBX-1
        status: OBX-11
"""


@pytest.mark.parametrize(
    ("result", "code"),
    [(obx("1", "77", "", status="suspect"), "none"), (obx("1", "77", ""), "bad-value"),
     (obx("1", "x", "", status="final"), "not-of-its-kind")],
)  # fmt: skip
def test_a_mapping_that_promises_too_much_quarantines(read: Read, result: str, code: str) -> None:
    reading = read("oru", oru(result), ODD)
    assert (reading.quarantine.code if reading.quarantine else "none") == code


def test_another_version_of_a_mapping_gives_other_ids(read: Read) -> None:
    assert (
        only(read("adt", adt("A03"))).id
        != only(read("adt", adt("A03"), "extends: adt.yaml\nformat: hl7v2\nversion: 7\n")).id
    )


def test_a_subcomponent_is_the_first_unless_the_mapping_says_otherwise(read: Read) -> None:
    body = adt("A01", pid="PID|1||7001&x^^^LGH&1.2.3&ISO^MR||ZZDOE||19500101|F")
    assert only(read("adt", body)).about.patient == tokenise(KEY, "LGH", "7001")


def test_an_identifier_of_a_megabyte_is_refused(read: Read) -> None:
    assert code_of(read("adt", adt("A01", pid="PID|1||" + "7" * 1_000_000))) == "bad-value"


def test_thousands_of_strange_segments_cost_no_more_than_their_lines(read: Read) -> None:
    strange = "\r".join(f"{n:03x}|1" for n in range(0x100, 0x100 + 2_300))
    body = oru(strange, *[obx("99999-9", "1", "/min")] * 2_500)
    started = time.process_time()
    assert code_of(read("oru", body)) == "nothing-mapped"
    assert time.process_time() - started < 2


def test_no_name_or_identifier_leaves_the_raw_inbox(read: Read) -> None:
    pid = "PID|1||ZZPHI1^^^LGH^MR||ZZPHI2^ZZPHI3||19500101|F|||ZZPHI4||ZZPHI5"
    bodies = [adt(trigger, pid=pid, extra="NK1|1|ZZPHI6\rMRG|ZZPHI7\r") for trigger, *_ in ADT_TABLE]
    bodies += [adt("A40", pid=pid, extra="MRG|ZZPHI7\r"), adt("ZZP", pid=pid), adt("A01", pid=pid, evn6="ZZPHI")]
    bodies += [adt("A01", pid=pid, pv1="PV1|1|I|ZZPHI8||||||||||||||||ZZPHI9")]
    readings = [read("adt", body) for body in bodies]
    readings += [read("oru", oru(obx("8867-4", "ZZPHI on phone", "ZZPHI measure")))]
    for reading in readings:
        assert "ZZPHI" not in repr((reading.drafts, reading.quarantine, reading.ignored, reading.problems))
    assert {"ZZPHI1", "ZZPHI7"} <= {identity.identifier for reading in readings for identity in reading.identities}
