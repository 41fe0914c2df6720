"""`log rebuild --verify` compares events and state with what the raws say; `log findings` lists what does not fit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from wardwise.assemble.stores import WORKER, open_stores
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.log import Batch

HEADER = "MSH|^~\\&|EHR|LGH|W|W|202603011{}00||ADT^A01|c{}|P|2.5.1\r"
ADMITTED = (
    HEADER + "EVN|A01|20260301110000||||20260301110000\rPID|1||{}^^^LGH^MR||ZZ^ZZ||19500101|F\r"
    "PV1|1|I|4A^^12||||||||||||||||{}^^^LGH\r"
)


@pytest.fixture
def data(wardwise: Callable, demo_site: Path, tmp_path: Path) -> Path:
    """Two patients whom one feed puts into one bed."""
    files = tmp_path / "messages"
    files.mkdir()
    for number in (1, 2):
        text = ADMITTED.format(number, number, 700 + number, 800 + number)
        (files / f"m{number}.hl7").write_text(text, newline="")
    folder = tmp_path / "data"
    for file in sorted(files.iterdir()):
        done = wardwise("import", "hl7v2", file, "--feed", "adt", "--site", demo_site, "--data", folder)
        assert done.code == 0, done.err
    return folder


def test_raws_read_again_come_to_the_same_events_and_the_same_state(wardwise: Callable, data: Path) -> None:
    found = wardwise("log", "rebuild", "--verify", "--data", data, "--json")
    told = found.told["demo"]
    assert found.code == 0
    assert (told["raws"], told["events"], told["identical"], told["state_identical"]) == (2, 2, True, True)
    assert told["live"] == told["rebuilt"]
    assert told["state"] == told["live"]["state"]
    assert "the same state" in wardwise("log", "rebuild", "--verify", "--data", data).err


def test_a_fact_that_no_raw_tells_is_found_by_event_and_by_state(wardwise: Callable, data: Path) -> None:
    with open_stores(data, WORKER) as stores:
        event = next(each for each in stores.log.read("demo") if each.kind == "stay.admitted")
        told = {name: getattr(event, name) for name in Draft.__dataclass_fields__}
        later = event.occurred_at + timedelta(hours=1)
        about = replace(event.about, unit="demo/icu", bed="demo/icu/1")
        forged = Draft(**told | {"id": "sforged", "occurred_at": later, "about": about})
        stores.log.append(stores.log.lease("demo", "test"), Batch([forged]), event.recorded_at)
    found = wardwise("log", "rebuild", "--verify", "--data", data, "--json")
    told = found.told["demo"]
    assert found.code == 1
    assert (told["differing"], told["state_identical"]) == (["sforged"], False)
    assert {name for name in told["live"] if told["live"][name] != told["rebuilt"][name]} >= {"census", "beds", "stays"}


def test_two_patients_in_one_bed_are_listed_with_the_steward_who_is_asked(wardwise: Callable, data: Path) -> None:
    found = wardwise("log", "findings", "--data", data, "--json").told["demo"]
    [finding] = [each for each in found if each["code"] == "two-patients-in-a-bed"]
    assert finding["about"] == "demo/4a/12"
    assert (finding["feed"], finding["steward"]) == ("adt", "Director of patient access")
    assert "two-patients-in-a-bed" in wardwise("log", "findings", "--data", data).err
