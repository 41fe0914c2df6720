"""What messages hold that a mapping does not read: counted, and nothing of a patient told."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from wardwise.assemble.map_coverage import coverage_of_files, coverage_of_inbox
from wardwise.assemble.stores import prepare
from wardwise.errors import NotRunnable
from wardwise.feeds.hl7v2.framing import Frame
from wardwise.feeds.hl7v2.reception import Reception
from wardwise.feeds.hl7v2.routing import Routing
from wardwise.sites.load import load_site
from wardwise.stores.folder import DataFolder
from wardwise.stores.sqlite.inbox import SqliteInbox

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WARDWISE = Path(sys.executable).with_name("wardwise")

HEAD = "MSH|^~\\&|EHR|LGH|W|W|20260301041000||{sort}|{id}|P|2.5.1\r"
PID = "PID|1||ZZPHI7001^^^LGH||ZZPHI^ZZPHIJANE||19500101|F|||ZZPHI street\r"
MESSAGES = [
    HEAD.format(sort="ADT^A01", id=1) + "EVN|A01|20260301040500\r" + PID
    + "PV1|1|I|4A^^12||||ZZPHIDOC||||||||||||ZZPHI88\rZBD|1|ZZPHI|dialysis\r",
    HEAD.format(sort="ADT^A01", id=2) + "EVN|A01|20260301040500\r" + PID + "PV1|1|Q|7 NORTH^^12||||||||||||||||89\r",
    HEAD.format(sort="ADT^A01", id=3) + "EVN|A01|20260301040500\r" + PID + "PV1|1|I|12345678^^1||||||||||||||||90\r",
    HEAD.format(sort="ADT^A28", id=4) + PID,
    HEAD.format(sort="ADT^Z77", id=5) + PID,
    HEAD.format(sort="ORU^R01", id=6) + PID + "PV1|1|I|4A||||||||||||||||88\rOBR|1||F1|VS|||20260301040000\r"
    "OBX|1|NM|8867-4^Pulse^LN||77|/min|||||F\rOBX|2|NM|555-1^ZZPHI^L||12|1|||||F\r"
    "OBX|3|ST|80288-4||ZZPHI said so||||||F\r",
    HEAD.format(sort="ORU^R01", id=7) + PID + "PV1|1|I|4A||||||||||||||||88\rOBR|1||F1|VS|||20260301040000\r"
    "OBX|1|NM|555-1^ZZPHI^L||12|1|||||F\r",
    HEAD.format(sort="ADT^A01", id=8).replace("EHR", "NOBODY") + PID,
    "no message ZZPHI\r",
]  # fmt: skip


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    folder = tmp_path / "messages"
    folder.mkdir()
    for number, body in enumerate(MESSAGES):
        (folder / f"{number}.hl7").write_text(body, newline="")
    return folder


def by_feed(found: dict[str, Any]) -> dict[str, Any]:
    return {each["feed"]: each for each in found["feeds"]}


def test_each_sort_is_counted_by_what_came_of_it(demo_site: Path, messages: Path) -> None:
    found = coverage_of_files(demo_site, messages, feed=None, now=NOW)
    feeds = by_feed(found)
    assert (found["refused"], found["unknown_senders"]) == (1, 1)
    assert feeds["adt"]["messages"] == 5
    assert feeds["adt"]["sorts"] == {
        "ADT^A01": {"mapped": 1, "quarantined: unknown-code": 2},
        "ADT^A28": {"ignored: Person records without a stay": 1},
        "ADT^Z77": {"quarantined: no-rule": 1},
    }
    assert feeds["oru"]["sorts"] == {"ORU^R01": {"quarantined: unknown-code": 1, "quarantined: nothing-mapped": 1}}


def test_codes_no_table_knows_are_told_with_place_table_and_count(demo_site: Path, messages: Path) -> None:
    feeds = by_feed(coverage_of_files(demo_site, messages, feed=None, now=NOW))
    assert sorted((each["place"], each["tables"], each["code"], each["times"]) for each in feeds["adt"]["unknown"]) == [
        ("PV1-2", "patient_class", "Q", 1),
        ("PV1-3.1", "units", "(not shown)", 1),  # eight digits may be a person's number
        ("PV1-3.1", "units", "7 NORTH", 1),
    ]
    unknown = [(each["place"], each["tables"], each["code"], each["times"]) for each in feeds["oru"]["unknown"]]
    assert ("OBX-3.1", "consciousness_codes or labs or oxygen_codes or vitals", "555-1", 2) in unknown
    assert ("OBX-5.1", "consciousness", "(not shown)", 1) in unknown


def test_fields_with_content_that_no_rule_reads_are_counted(demo_site: Path, messages: Path) -> None:
    feeds = by_feed(coverage_of_files(demo_site, messages, feed=None, now=NOW))
    unread = {(each["sort"], each["field"]): each["messages"] for each in feeds["adt"]["unread"]}
    assert unread["ADT^A01", "PID-5"] == 3
    assert unread["ADT^A01", "PV1-7"] == 1
    assert unread["ADT^A01", "ZBD-2"] == unread["ADT^A01", "ZBD-3"] == 1
    read = {"PID-3", "PID-7", "PID-8", "PV1-1", "PV1-2", "PV1-3", "PV1-19", "EVN-2", "ZBD-1", "MSH-5"}
    assert read.isdisjoint(name for _, name in unread)


def test_nothing_of_a_patient_comes_out(demo_site: Path, messages: Path) -> None:
    for arguments in ((), ("--json",), ("--feed", "adt")):
        done = subprocess.run(
            [WARDWISE, "map", "coverage", demo_site, "--messages", messages, *arguments],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "ZZPHI" not in done.stdout + done.stderr
        assert "555-1" in done.stdout + done.stderr or arguments == ("--feed", "adt")


def test_the_inbox_gives_the_same_as_the_files(demo_site: Path, messages: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    prepare(data, seed=1)
    reception = Reception("demo", "test", Routing.of(load_site(demo_site).site.feeds))
    inbox = SqliteInbox(DataFolder(data).inbox)
    for file in sorted(messages.iterdir()):
        inbox.receive([received.arrival for received in reception.receive(Frame(file.read_bytes()), NOW)])
    inbox.close()
    found, of_files = coverage_of_inbox(demo_site, data), coverage_of_files(demo_site, messages, feed=None, now=NOW)
    assert json.dumps(found["feeds"]) == json.dumps(of_files["feeds"])
    assert found["unknown_senders"] == 1


def test_all_messages_may_be_read_by_one_feed(demo_site: Path, messages: Path) -> None:
    (only,) = coverage_of_files(demo_site, messages, feed="adt", now=NOW)["feeds"]
    assert only["messages"] == 8
    with pytest.raises(NotRunnable, match="Name one of: adt, oru"):
        coverage_of_files(demo_site, messages, feed="nobody", now=NOW)
