"""Bad input through `wardwise import hl7v2`: set aside or flagged with a reason, never taken for real."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wardwise.assemble.stores import READ_ONLY, open_stores
from wardwise.govern.data.balance import balance_of
from wardwise.loop.capture.event import Event, Status
from wardwise.loop.capture.log import Selection

PATIENT = "PID|1||M1^^^LGH^MR||ZZPHI^A||19500101|F"
VISIT = "PV1|1|I|4A^^12||||||||||||||||V1^^^LGH^VN"


def header(kind: str) -> str:
    return f"MSH|^~\\&|EHR|LGH|WW|WW|20260301080000||{kind}|c1|P|2.5.1"


def admission(at: str = "20260301080000", patient: str = PATIENT) -> str:
    return "\r".join([header("ADT^A01"), f"EVN|A01|{at}||||{at}", patient, VISIT, ""])


def observation(*results: str) -> str:
    numbered = [found.replace("OBX|1|", f"OBX|{number}|", 1) for number, found in enumerate(results, start=1)]
    return "\r".join([header("ORU^R01"), PATIENT, VISIT, "OBR|1||F1|VS^Vital signs^L|||20260301080000", *numbered, ""])


def result(code: str, value: str, measure: str, at: str = "20260301080000") -> str:
    return f"OBX|1|NM|{code}^x^LN||{value}|{measure}|||||F|||{at}"


Imported = Callable[..., tuple[dict, list[Event]]]


@pytest.fixture
def imported(wardwise: Callable, demo_site: Path, tmp_path: Path) -> Imported:
    """What importing a folder of messages tells, and the facts of patients it gave."""

    def bring(*messages: str) -> tuple[dict, list[Event]]:
        folder, data = tmp_path / "messages", tmp_path / "data"
        folder.mkdir()
        for number, message in enumerate(messages):
            (folder / f"{number:02}.hl7").write_bytes(message.replace("|c1|", f"|c{number}|").encode())
        said = wardwise("import", "hl7v2", folder, "--site", demo_site, "--data", data, "--json")
        assert said.code == 0, said.err
        assert said.told["received"] == len(messages)
        with open_stores(data, READ_ONLY) as stores:
            assert balance_of(stores.inbox, stores.log, "demo").holds
            of_patients = Selection(kinds=frozenset({"sign.measured", "lab.resulted", "stay.admitted"}))
            return said.told, stores.log.read("demo", where=of_patients)

    return bring


def test_a_sound_message_is_applied(imported: Imported) -> None:
    told, events = imported(observation(result("8867-4", "80", "/min")), admission())
    assert (told["applied"], told["quarantined"], told["suspect"]) == (2, 0, 0)
    assert [event.status for event in events] == [Status.FINAL, Status.FINAL]
    assert events[0].payload["value"] == "80.0"


DAY_AFTER_TOMORROW = f"{datetime.now(UTC) + timedelta(days=2):%Y%m%d%H%M%S}"
IMPOSSIBLE = [
    (admission(DAY_AFTER_TOMORROW), "impossible-time", "in the future"),
    (admission("19491224080000"), "impossible-time", "before the patient was born"),
    (admission(patient=PATIENT.replace("19500101", "29500101")), "impossible-time", "born"),
    (observation(result("8867-4", "80", "/min", at=DAY_AFTER_TOMORROW)), "impossible-time", "in the future"),
    (admission().replace("ADT^A01", "ADT^Z99"), "no-rule", "ADT"),
    (admission().replace("4A^^12", "9Z^^12"), "unknown-code", "code"),
]


def test_what_cannot_be_is_set_aside_with_reason_and_remedy(imported: Imported) -> None:
    told, events = imported(*(message for message, _, _ in IMPOSSIBLE))
    assert events == []
    assert (told["applied"], told["quarantined"]) == (0, len(IMPOSSIBLE))
    for problem, (_, code, why) in zip(told["problems"], IMPOSSIBLE, strict=True):
        assert problem["code"] == code
        assert why in problem["why"]
        assert problem["remedy"]
    assert "ZZPHI" not in str(told)


DOUBTFUL = [
    (result("8867-4", "8000", "/min"), "out-of-physical-range"),
    (result("59408-5", "140", "%"), "out-of-physical-range"),
    (result("8310-5", "37", "kPa"), "wrong-measure"),
    (result("8480-6", "120", "furlong"), "unknown-measure"),
    (result("9279-1", "12", ""), "no-measure"),
    (result("8462-4", "low", "mmHg"), "non-numeric"),
]


def test_a_value_that_cannot_be_trusted_is_kept_but_suspect(imported: Imported) -> None:
    told, events = imported(observation(*(found for found, _ in DOUBTFUL)))
    assert (told["applied"], told["suspect"]) == (1, len(DOUBTFUL))
    for event, (_, flag) in zip(events, DOUBTFUL, strict=True):
        assert event.status is Status.SUSPECT
        assert flag in event.flags


def test_bytes_that_are_no_message_are_refused_with_a_reason(imported: Imported) -> None:
    told, events = imported("nothing of the kind")
    assert events == []
    assert (told["refused"], told["problems"][0]["code"]) == (1, "refused")
    assert told["problems"][0]["why"]
