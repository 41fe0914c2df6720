"""From HL7 v2 to the card: a child who has only come through the door of the emergency department has no NEWS2."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wardwise.assemble.site import configure
from wardwise.assemble.stores import WORKER, open_stores, prepare
from wardwise.loop.capture.inbox import Arrival
from wardwise.run.resume import resume

NOW = datetime(2026, 3, 1, 15, tzinfo=UTC)
AT = "20260301085900-0600"
SIGNS = (
    ("9279-1", "NM", "30", "/min"),
    ("59408-5", "NM", "89", "%"),
    ("OXYGEN", "ST", "oxygen", ""),
    ("8480-6", "NM", "85", "mmHg"),
    ("8867-4", "NM", "150", "bpm"),
    ("80288-4", "ST", "alert", ""),
    ("8310-5", "NM", "39.4", "Cel"),
)


def messages(*, born: str, service: str) -> list[tuple[str, str]]:
    def header(kind: str, control: str) -> str:
        return f"MSH|^~\\&|EHR|LGH|WW|WW|20260301090000||{kind}|{control}|P|2.5.1"

    patient = f"PID|1||M1^^^LGH^MR||ZZPHI^A||{born}|F"
    visit = f"PV1|1|E|ED^^3|||||||{service}|||||||||V1^^^LGH^VN"
    results = [f"OBX|{n}|{shape}|{code}^x^LN||{value}|{ucum}|||||F|||{AT}" for n, (code, shape, value, ucum) in enumerate(SIGNS, 1)]  # fmt: skip # noqa: E501
    return [
        ("adt", "\r".join([header("ADT^A04", "1"), "EVN|A04|20260301083000", patient, visit, ""])),
        (
            "oru",
            "\r".join([header("ORU^R01", "2"), patient, visit, f"OBR|1||F1|VS^Vital signs^L|||{AT}", *results, ""]),
        ),
    ]


@pytest.mark.parametrize(
    ("born", "service", "scored"),
    [("20210301", "EMR", False), ("19960301", "OBS", False), ("19960301", "EMR", True), ("", "EMR", True)],
)
def test_only_those_the_score_is_for_are_scored(
    demo_site: Path, tmp_path: Path, born: str, service: str, *, scored: bool
) -> None:
    prepare(tmp_path / "data", seed=1)
    with open_stores(tmp_path / "data", WORKER) as stores:
        worker = resume(stores, configure(demo_site), NOW)
        for source, text in messages(born=born, service=service):
            body = text.encode()
            arrival = Arrival(
                site="demo", source=source, listener="test", control_id=source, body=body, received_at=NOW
            )
            stores.inbox.receive([arrival])
        worker.cycle(NOW + timedelta(seconds=1))
        said = [event for event in stores.log.read("demo") if event.payload.get("workflow") == "deterioration"]
    made = [event.payload["output"] for event in said if event.kind == "prediction.made"]
    assert [output["state"] == "scored" for output in made] == [scored]
    assert any(event.kind == "advice.given" for event in said) == scored
