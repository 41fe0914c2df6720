"""`explain` of one id: prediction, advice and delivery, made by the real worker from HL7 v2 messages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wardwise.assemble.site import configure
from wardwise.assemble.stores import WORKER, open_stores, prepare
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.ids import shown
from wardwise.loop.capture.inbox import Arrival
from wardwise.run.resume import resume

NOW = datetime(2026, 3, 1, 15, tzinfo=UTC)
CHAIN = ("prediction.made", "advice.given", "delivery.made")
PATIENT = "PID|1||M1^^^LGH^MR||ZZPHI^A||19500101|F"
VISIT = "PV1|1|I|4A^^12||||||||||||||||V1^^^LGH^VN"
SIGNS = {  # breathing fast on oxygen, little of it in the blood, pressure low, heart fast, feverish, confused
    "9279-1": ("NM", "28", "/min"),
    "59408-5": ("NM", "89", "%"),
    "OXYGEN": ("ST", "oxygen", ""),
    "8480-6": ("NM", "85", "mmHg"),
    "8867-4": ("NM", "135", "bpm"),
    "80288-4": ("ST", "confusion", ""),
    "8310-5": ("NM", "39.4", "Cel"),
}


def header(kind: str, control: str) -> str:
    return f"MSH|^~\\&|EHR|LGH|WW|WW|20260301090000||{kind}|{control}|P|2.5.1"


def messages() -> list[tuple[str, str]]:
    at = "20260301085900-0600"
    results = [
        f"OBX|{number}|{shape}|{code}^x^LN||{value}|{measure}|||||F|||{at}"
        for number, (code, (shape, value, measure)) in enumerate(SIGNS.items(), start=1)
    ]
    admitted = [header("ADT^A01", "1"), "EVN|A01|20260301083000", PATIENT, VISIT]
    observed = [header("ORU^R01", "2"), PATIENT, VISIT, f"OBR|1||F1|VS^Vital signs^L|||{at}", *results]
    return [("adt", "\r".join([*admitted, ""])), ("oru", "\r".join([*observed, ""]))]


@pytest.fixture
def worked(tmp_path: Path, demo_site: Path) -> tuple[Path, dict[str, Event]]:
    """A data folder in which the worker has dealt with a very sick patient, and the last event of each kind of his."""
    data = tmp_path / "data"
    prepare(data, seed=1)
    with open_stores(data, WORKER) as stores:
        worker = resume(stores, configure(demo_site), NOW)
        for source, text in messages():
            arrival = Arrival(
                site="demo", source=source, listener="test", control_id=source, body=text.encode(), received_at=NOW
            )
            stores.inbox.receive([arrival])
        worker.cycle(NOW + timedelta(seconds=1))
        events = stores.log.read("demo", limit=10_000)
    mine = [event for event in events if event.payload.get("workflow") == "deterioration"]
    return data, {event.kind: event for event in mine}


@pytest.mark.parametrize("asked", CHAIN)
def test_any_link_leads_to_the_whole_chain(
    wardwise: Callable, worked: tuple[Path, dict[str, Event]], asked: str
) -> None:
    data, made = worked
    said = wardwise("explain", shown(made[asked].id), "--data", data, "--json")
    assert said.code == 0, said.err
    chain = {link["id"]: link for link in said.told["chain"]}
    assert [chain[made[kind].id]["kind"] for kind in CHAIN] == list(CHAIN)
    assert made["prediction.made"].id in chain[made["advice.given"].id]["caused_by"]
    assert made["advice.given"].id in chain[made["delivery.made"].id]["caused_by"]
    assert chain[made["delivery.made"].id]["payload"]["status"] == "sent"
    assert "ZZPHI" not in said.out


def test_people_read_it_line_by_line_in_order(wardwise: Callable, worked: tuple[Path, dict[str, Event]]) -> None:
    data, made = worked
    said = wardwise("explain", made["advice.given"].id, "--data", data)
    lines = said.out.splitlines()
    places = [next(n for n, line in enumerate(lines) if shown(made[kind].id) in line) for kind in CHAIN]
    assert places == sorted(places)
    assert "because" in lines[places[1]]
    assert "score 19" in lines[places[0]]
    assert lines[places[0]].startswith("2026-03-01 09:00:01 CST")  # the hospital's clock, not ours
    assert sum("sign.measured" in line for line in lines) == len(SIGNS)


def test_an_id_nobody_gave_is_told(wardwise: Callable, worked: tuple[Path, dict[str, Event]]) -> None:
    said = wardwise("explain", "pnowhere", "--data", worked[0])
    assert said.code == 17
    assert "pnowhere" in said.err
