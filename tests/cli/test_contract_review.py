"""`contract review`: what waits is listed, a judgement is stored for the worker, and what it would refuse is not."""

from pathlib import Path

import pytest
from tests.cli.steward import NOW, told, work

from wardwise.assemble.stores import WORKER, open_stores
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft

EVENT = "v" + "c" * 32


@pytest.fixture
def data(demo_site: Path, tmp_path: Path) -> Path:
    """A data folder with one sampled sign."""
    about = About(encounter="e" * 30, unit="demo/4a", bed="demo/4a/7")
    sign = {"code": "pulse", "value": "80", "ucum": "/min"}
    payload = {"feed": "oru", "from": iso(NOW), "to": iso(NOW), "seed": "0" * 16, "of": 1, "events": [EVENT]}
    drafts = [
        Draft(id=EVENT, kind="sign.measured", occurred_at=NOW, source="oru", about=about, payload=sign),
        Draft(id="g" + "b" * 32, kind="sample.drawn", occurred_at=NOW, source="wardwise/review", payload=payload),
    ]
    return told(tmp_path / "data", demo_site, *drafts)


def test_what_waits_is_listed(wardwise, data: Path) -> None:
    said = wardwise("contract", "review", "--data", data)
    assert "oru: 1 to judge, none judged; steward: Nursing informatics" in said.out
    assert f"{EVENT} sign.measured 2026-03-08 06:00 UTC demo/4a/7 eeeeeeeeeeeee code pulse, value 80 /min" in said.out
    listed = wardwise("contract", "review", "--data", data, "--json").told
    oru = next(each for each in listed["feeds"] if each["feed"] == "oru")
    assert (oru["share_wrong"]["high"], oru["waiting"][0]["event"]) == (1.0, EVENT)


def test_a_judgement_is_stored_and_read_by_the_worker(wardwise, data: Path, demo_site: Path) -> None:
    words = ["--say", "wrong", "--reason", "wrong-value", "--by", "data-steward:RS"]
    said = wardwise("contract", "review", "vccccc", *words, "--data", data)
    assert said.code == 0, said.err
    (given,) = work(data, demo_site).drafts
    assert (given.kind, given.payload["judgement"], given.payload["actor"]) == ("review.given", "wrong", "RS")
    assert "oru: 0 to judge, 100% wrong (21% to 100%)" in wardwise("contract", "review", "--data", data).out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["vx", "--say", "right", "--by", "data-steward:RS"], "no sample holds an event that begins with vx"),
        (["vc", "--say", "right", "--by", "nurse:RS"], "may not speak for the steward of oru"),
        (["vc", "--say", "wrong", "--by", "data-steward:RS"], "Give --reason, one of: wrong-value"),
        (["vc", "--say", "fine", "--by", "data-steward:RS"], "does not go with fine"),
        (["vc", "--say", "right", "--by", "RS"], "with your role and initials"),
    ],
)
def test_what_would_be_refused_is_not_stored(wardwise, data: Path, arguments: list[str], says: str) -> None:
    said = wardwise("contract", "review", *arguments, "--data", data)
    assert said.code in {2, 22}
    assert says in " ".join(said.err.replace("│", " ").split())
    with open_stores(data, WORKER) as stores:
        assert stores.inbox.counts("demo").received == 0
