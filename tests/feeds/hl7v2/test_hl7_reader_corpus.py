"""The 548 collected messages through a permissive mapping: facts of their kind or a reason, never an exception."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardwise.feeds.hl7v2.reader import Hl7Reader
from wardwise.feeds.reading import Reader, Reading
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.loop.capture.kinds import check
from wardwise.sites.load import SiteFolder
from wardwise.sites.mapping import read_mapping
from wardwise.stores.memory.log import MemoryLog

PERMISSIVE = """
format: hl7v2
version: 1
codes:
  statuses: {F: final, P: preliminary, C: corrected, X: cancelled}
  units: {ED: ed}
  vitals: {8867-4: {code: pulse, ucum: /min}}
  measures: {/min: {ucum: /min}, "%": {ucum: "%"}}
names:
  happened: [EVN-6, EVN-2, OBR-7, MSH-7]
  patient: {identifier: [PID-3.1, PID-2.1, PID-4.1], authority: {take: PID-3.4, default: x}}
  encounter: {identifier: [PV1-19.1, PV1-50.1, PID-18.1, PID-3.1, PID-2.1], authority: {constant: x}}
  unit: {take: PV1-3.1, table: units, unknown: default, default: 4a}
rules:
  - match: {type: ORU}
    emit:
      - kind: lab.resulted
        for_each: OBX
        occurred_at: [OBX-14, OBR-7, MSH-7]
        about: {patient: $patient, encounter: $encounter, unit: $unit}
        payload: {code: {take: OBX-3.1, default: unnamed}, abnormal: OBX-8}
        measured: {value: OBX-5, stated: OBX-6.1, measures: measures}
        status: {take: OBX-11, table: statuses, unknown: default, default: final}
        fact_key: [OBR-3.1, OBX-3.1, OBX-4, OBX-14]
  - match: {type: ADT, trigger: [A40]}
    emit:
      - kind: stay.merged
        for_each: MRG
        occurred_at: $happened
        about: {patient: $patient}
        payload: {merged_patient: {token: {identifier: MRG-1.1, authority: {take: MRG-1.4, default: x}}}}
  - match: {type: ADT, trigger: [A01, A04, A05]}
    emit:
      - kind: stay.admitted
        occurred_at: $happened
        about: {patient: $patient, encounter: $encounter, unit: $unit, bed: {take: PV1-3.3, function: slug}}
        payload:
          class: {constant: inpatient}
          service: PV1-10
          born: {take: PID-7, as: date}
  - match: {type: ADT}
    emit:
      - {kind: stay.updated, occurred_at: $happened, about: {patient: $patient, encounter: $encounter}}
  - match: {type: ORM}
    emit:
      - kind: order.placed
        for_each: OBR
        occurred_at: [ORC-9, MSH-7]
        about: {patient: $patient, encounter: $encounter}
        payload: {code: {take: OBR-4.1, default: unnamed}}
"""


@pytest.fixture(scope="module")
def permissive(demo: SiteFolder, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    file = tmp_path_factory.mktemp("mapping") / "permissive.yaml"
    file.write_text(PERMISSIVE)
    folder = SiteFolder(demo.site, {**demo.mappings, "adt": read_mapping(file)}, {}, {})
    feed = folder.site.feed("adt")
    assert feed is not None
    return Hl7Reader(folder, feed, token_key=b"k" * 32, log=MemoryLog())


def sound(reading: Reading) -> str:
    """The outcome in a word, after every promise about it was checked."""
    for draft in reading.drafts:
        check(draft)
        assert draft.raw is not None
    assert len({draft.id for draft in reading.drafts}) == len(reading.drafts)
    if reading.quarantine is not None:
        assert reading.drafts == ()
        assert reading.quarantine.why
        assert reading.quarantine.remedy
        return reading.quarantine.code
    return "facts" if reading.drafts else "nothing new"


def test_every_collected_message_gives_facts_or_a_reason(
    permissive: Reader, raw: Callable[..., Raw], shared_data: Path
) -> None:
    files = sorted((shared_data / "hl7v2").rglob("*.hl7"))
    found: Counter[str] = Counter()
    for number, file in enumerate(files, 1):
        message = raw(file.read_bytes(), number=number)
        found[sound(permissive.read(message, message.arrival.received_at))] += 1
    assert sum(found.values()) == 548
    assert found["facts"] > 160, found
    assert set(found) <= {
        "facts", "nothing new", "no-rule", "no-encounter", "no-patient", "no-time", "not-hl7", "nothing-mapped",
        "bad-time", "bad-value", "impossible-time",
    }  # fmt: skip


def test_the_collected_names_do_not_come_out(permissive: Reader, raw: Callable[..., Raw], shared_data: Path) -> None:
    for number, file in enumerate(sorted((shared_data / "hl7v2").rglob("*.hl7")), 1):
        body = file.read_bytes()
        marked = body.replace(b"|", b"|ZZPHI", body.count(b"|"))  # every field a canary: nothing but shape may come out
        message = raw(marked, number=number)
        reading = permissive.read(message, message.arrival.received_at)
        said = repr((reading.quarantine, reading.problems, reading.ignored))
        assert "ZZPHI" not in said, file.name


@settings(max_examples=200, deadline=None)
@given(
    fields=st.lists(st.text(alphabet='AZ09^~&\\"|. -+:éß\n', max_size=12), min_size=1, max_size=30),
    segment=st.sampled_from(["PID", "PV1", "OBX", "OBR", "EVN", "MRG", "ORC"]),
    kind=st.sampled_from(["ADT^A01", "ADT^A40", "ORU^R01", "ADT^A08", "ORM^O01"]),
)
def test_no_field_content_makes_the_reader_fail(permissive: Reader, fields: list[str], segment: str, kind: str) -> None:
    body = (
        f"MSH|^~\\&|A|B|C|D|20260301040000||{kind}|1|P|2.5\rPID|1||7||||1950\rPV1|1|I|ED||||||||||||||||9\r"
        f"OBR|1\r{segment}|{'|'.join(fields)}\rOBX|1|NM|1^a||5|%\r"
    )
    arrival = _arrival(body.encode())
    sound(permissive.read(arrival, arrival.arrival.received_at))


def _arrival(body: bytes) -> Raw:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    arrival = Arrival(site="demo", source="adt", listener="x", control_id="1", body=body, received_at=at)
    return Raw(id="w1", sequence=1, arrival=arrival, receipt=Receipt.STORED)
