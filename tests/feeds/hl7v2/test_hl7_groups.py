"""Groups of segments, and that no group sees another patient's."""

from wardwise.feeds.hl7v2.address import Address
from wardwise.feeds.hl7v2.groups import groups
from wardwise.feeds.hl7v2.message import Message

HEAD = b"MSH|^~\\&|LAB|HOSP|WARD|HOSP|20260301||ORU^R01|7|P|2.5\r"
RESULTS = HEAD + (
    b"PID|1||77\rNTE|1||of the patient\rPV1|1|I|ICU\rORC|RE|o1\rOBR|1|||CBC\rNTE|1||of the order\r"
    b"OBX|1||hb||9\rNTE|1||low\rOBX|2||wbc||5\rOBR|2|||BMP\rOBX|1||na||139\r"
    b"PID|2||88\rOBR|1|||GLU\rOBX|1||glu||101\r"
)


def read(body: bytes, head: str, *addresses: str) -> list[tuple[str, ...]]:
    at = [Address.parse(address) for address in addresses]
    return [tuple(map(group.text, at)) for group in groups(Message.parse(body), head)]


def test_each_result_stands_under_its_own_order_visit_and_patient() -> None:
    assert read(RESULTS, "OBX", "PID-3", "PV1-3", "OBR-4", "OBX-3", "OBX-5") == [
        ("77", "ICU", "CBC", "hb", "9"),
        ("77", "ICU", "CBC", "wbc", "5"),
        ("77", "ICU", "BMP", "na", "139"),
        ("88", "", "GLU", "glu", "101"),
    ]


def test_an_order_control_segment_stands_for_one_order_only() -> None:
    assert read(RESULTS, "OBR", "ORC-2", "OBR-4", "OBX(2)-3") == [
        ("o1", "CBC", "wbc"),
        ("", "BMP", ""),
        ("", "GLU", ""),
    ]


def test_a_note_belongs_to_the_segment_before_it() -> None:
    assert read(RESULTS, "OBX", "NTE-3") == [("low",), ("",), ("",), ("",)]


def test_each_merge_has_its_own_prior_patient() -> None:
    body = HEAD + b"EVN|A40\rPID|1||A\rMRG|a\rPID|2||B\rPV1|1|I|ICU\rPID|3||C\rMRG|c\r"
    assert read(body, "PID", "EVN-1", "PID-3", "MRG-1") == [("A40", "A", "a"), ("A40", "B", ""), ("A40", "C", "c")]
    assert read(body, "MRG", "PID-3", "MRG-1", "PV1-3") == [("A", "a", ""), ("C", "c", "")]


def test_a_name_outside_the_tree_heads_its_own_group() -> None:
    body = HEAD + b"PID|1||A\rPV1|1|I|ICU\rOBX|1||w||80\rAL1|1||nuts\rAL1|2||eggs\r"
    assert read(body, "AL1", "PID-3", "PV1-3", "AL1-3", "OBX-5") == [("A", "ICU", "nuts", ""), ("A", "ICU", "eggs", "")]


def test_many_segments_above_many_results_stay_quick() -> None:
    body = HEAD + b"PID|1||A\r" + b"NK1|1\r" * 2_400 + b"OBR|1\r" + b"OBX|1||a||2\r" * 2_500
    assert read(body, "OBX", "PID-3", "OBX-5") == [("A", "2")] * 2_500
