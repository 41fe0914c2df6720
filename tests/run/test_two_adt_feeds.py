"""Two ADT feeds of one hospital by the real doors and worker: one stops, the census goes on, nobody counts twice."""

import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import httpx
import pytest
from tests.run.moved_clock import on_a_moved_clock
from tests.run.second_feed import with_second
from tests.waiting import wait_until

from wardwise.assemble.looking import head_view
from wardwise.assemble.rebuilding import rebuild_site
from wardwise.assemble.replaying import replay_site
from wardwise.assemble.site import configure
from wardwise.assemble.stores import READ_ONLY, WORKER, Stores, open_stores, prepare
from wardwise.errors import BrokenFile
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.inbox import Arrival
from wardwise.loop.derive.state.digest import state_digests
from wardwise.loop.derive.state.stays import census
from wardwise.run.clock import SharedClock
from wardwise.run.resume import resume
from wardwise.run.settings import Settings
from wardwise.sites.broken import BrokenFiles

NOON = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)  # a Tuesday, noon in Chicago
CHICAGO = ZoneInfo("America/Chicago")
SENDERS = {"adt": "EHR", "bedmgmt": "BEDS"}
BEDS = """  - name: bedmgmt
    kind: hl7v2
    sender: {application: BEDS, facility: LGH}
    mapping: mappings/adt.yaml
    contract: contracts/bedmgmt.yaml
    freshness: stream
    owner: Capacity management
    steward: Bed manager
"""
PAIR = "two_sources:\n  - {kind: stays, feeds: [adt, bedmgmt], agrees: {within_minutes: 15}}\n\n"


@pytest.fixture
def site(demo_site: Path, tmp_path: Path) -> Path:
    """The demo site with its bed management as a second source of stays."""
    return with_second(demo_site, tmp_path / "site", feed=BEDS, like="adt", pair=PAIR)


@dataclass(frozen=True)
class Move:
    """One movement, at a minute after noon; the two systems tell it by clocks of their own."""

    minute: int
    trigger: str
    visit: str
    place: str = ""

    def message(self, feed: str) -> bytes:
        at = NOON + timedelta(minutes=self.minute + (3 if feed == "bedmgmt" else 0))
        stamp = at.astimezone(CHICAGO).strftime("%Y%m%d%H%M%S")
        patient_class = "E" if self.trigger == "A04" else "I"
        return (
            f"MSH|^~\\&|{SENDERS[feed]}|LGH|WW|WW|{stamp}||ADT^{self.trigger}|{self.control(feed)}|P|2.5.1\r"
            f"EVN|{self.trigger}|{stamp}||||{stamp}\rPID|1||M{self.visit}^^^LGH^MR\r"
            f"PV1|1|{patient_class}|{self.place}" + "|" * 16 + f"{self.visit}^^^LGH\r"
        ).encode()

    def control(self, feed: str) -> str:
        return f"{feed}{self.minute}{self.trigger}{self.visit}"


DAY = [
    Move(0, "A01", "ada", "4A^^1"),
    Move(5, "A01", "eve", "4A^^2"),
    Move(10, "A04", "ivy", "ED^^1"),
    # The first is out from here ...
    Move(20, "A02", "ada", "ICU^^1"),
    Move(30, "A03", "eve"),
    Move(40, "A01", "zoe", "4B^^1"),
    Move(60, "A02", "zoe", "4B^^2"),
    Move(80, "A01", "ivy", "5A^^3"),
    # ... to here.
    Move(100, "A02", "ada", "4B^^1"),
    Move(110, "A03", "zoe"),
]
OUT = [move for move in DAY if 10 < move.minute < 100]
MEANWHILE = {"demo/icu": 1, "demo/4b": 1, "demo/5a": 1}
IN_THE_END = {"demo/4b": 1, "demo/5a": 1}


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    prepare(tmp_path / "data", seed=1)
    with open_stores(tmp_path / "data", WORKER) as opened:
        yield opened


def deliver(stores: Stores, feed: str, move: Move, at: datetime) -> None:
    sent = {"source": feed, "listener": "mllp", "control_id": move.control(feed), "body": move.message(feed)}
    stores.inbox.receive([Arrival(site="demo", received_at=at, **sent)])  # type: ignore[arg-type]


def lived(stores: Stores, site: Path, *, late: list[Move], stop: int = 120) -> dict[int, dict[str, int]]:
    """Two hours of the two feeds by a worker; the first comes back with what it tells late. Census by minute."""
    worker, seen = resume(stores, configure(site), NOON), {}
    for minute in range(0, stop, 5):
        at = NOON + timedelta(minutes=minute + 4)
        for move in (move for move in DAY if minute <= move.minute < minute + 5):
            deliver(stores, "bedmgmt", move, at)
            if move not in OUT:
                deliver(stores, "adt", move, at)
            for each in late if move.minute == 100 else ():
                deliver(stores, "adt", each, at)
        worker.cycle(at)
        seen[minute] = census(head_view(stores, "demo"))
    return seen


def events(stores: Stores, kind: str) -> list[Event]:
    return [event for event in stores.log.read("demo", limit=100_000) if event.kind == kind]


@pytest.mark.slow
@pytest.mark.parametrize("tells", ["all, in any order", "half", "nothing"])
def test_the_census_goes_on_with_the_second_and_comes_back_to_the_first(stores: Stores, site: Path, tells: str) -> None:
    chance = Random(7)  # noqa: S311 - an order of delivery, no secret
    late = {"all, in any order": chance.sample(OUT, len(OUT)), "half": OUT[::2], "nothing": []}[tells]
    seen = lived(stores, site, late=late)
    assert seen[15] == {"demo/4a": 2, "demo/ed": 1}
    assert seen[60] == {"demo/4a": 2, "demo/ed": 1}  # its contract allows an hour; nobody knows that it is out
    assert seen[90] == MEANWHILE
    assert seen[115] == IN_THE_END
    switches = [(event.payload["feed"], event.payload["why"]) for event in events(stores, "source.switched")]
    assert switches == [("bedmgmt", "adt silent"), ("adt", "it is back")]
    replayed = replay_site(stores, "demo", progress=lambda _done, _total: None)
    assert replayed.identical
    rebuilt, states = rebuild_site(stores, "demo", progress=lambda _done, _total: None, verify=True)
    assert rebuilt.identical
    assert states is not None
    assert states.same


@pytest.mark.slow
def test_once_the_first_has_told_everything_the_state_is_that_of_the_first_alone(tmp_path: Path, site: Path) -> None:
    digests = []
    for name in ("two", "alone"):
        prepare(tmp_path / name, seed=1)
        with open_stores(tmp_path / name, WORKER) as stores:
            if name == "two":
                lived(stores, site, late=OUT)
            else:
                shutil.copy(tmp_path / "two" / "keys" / "token.key", tmp_path / "alone" / "keys" / "token.key")
                worker = resume(stores, configure(site), NOON)
                for move in DAY:
                    deliver(stores, "adt", move, NOON + timedelta(minutes=move.minute + 4))
                worker.cycle(NOON + timedelta(minutes=119))
            digests.append(state_digests(head_view(stores, "demo")))
    assert digests[0]["stays"] == digests[1]["stays"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kind: stays", "kind: stay.admitted", "Write `kind: stays`, for all that is told of stays"),
        ("kind: stays", "kind: shifts", "Choose from: stays, sign.measured, lab.resulted"),
        ("[adt, bedmgmt]", "[adt, adt]", "Name two different feeds"),
        ("[adt, bedmgmt]", "[adt, oru]", "promises no `stay.admitted`, `stay.transferred`, `stay.discharged`"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused_with_file_and_line(site: Path, old: str, new: str, says: str) -> None:
    file = site / "site.yaml"
    file.write_text(file.read_text().replace(old, new, 1))
    line = 1 + file.read_text().splitlines().index("two_sources:") + 1
    with pytest.raises((BrokenFiles, BrokenFile)) as refused:
        configure(site)
    told = refused.value.problems if isinstance(refused.value, BrokenFiles) else (refused.value,)
    (found,) = [str(problem) for problem in told if says in str(problem)]
    assert found.startswith(f"{file}:{line}: two_sources.0.")


def test_a_second_feed_that_promises_no_discharge_is_refused(site: Path) -> None:
    contract = site / "contracts" / "bedmgmt.yaml"
    text = contract.read_text()
    for part in (
        "  - kind: stay.discharged\n    fields:\n      - {name: disposition, type: text}\n",
        "  - {kind: stay.discharged, field: disposition, read: code}\n",
        ", stay.discharged",
    ):
        assert part in text
        text = text.replace(part, "")
    contract.write_text(text)
    with pytest.raises((BrokenFiles, BrokenFile), match=r"`bedmgmt` promises no `stay\.discharged`"):
        configure(site)


@dataclass
class Running:
    """A service whose hospital clock the test moves, and a sender for each of its ADT feeds."""

    clock: SharedClock
    settings: Settings
    client: httpx.Client

    def send(self, feed: str, move: Move) -> None:
        with socket.create_connection(("127.0.0.1", self.settings.mllp_port), timeout=10) as line:
            line.sendall(b"\x0b" + move.message(feed) + b"\x1c\r")
            assert b"MSA|AA" in line.recv(65536)

    def switched(self) -> list[object]:
        with open_stores(self.settings.data, READ_ONLY) as stores:
            return [event.payload["feed"] for event in events(stores, "source.switched")]

    def census(self) -> dict[str, int]:
        with open_stores(self.settings.data, READ_ONLY) as stores:
            return census(head_view(stores, "demo"))


@pytest.fixture
def running(tmp_path: Path, site: Path) -> Iterator[Running]:
    with on_a_moved_clock(site, tmp_path, NOON) as parts:
        yield Running(*parts)


until = partial(wait_until, seconds=30)


@pytest.mark.slow
def test_one_of_two_senders_stops_and_the_board_goes_on_and_says_by_whom(running: Running) -> None:
    def page() -> str:
        return running.client.get("/").text

    for move in DAY:
        running.clock.advance(NOON + timedelta(minutes=move.minute + 4))
        if move.minute < 100:
            running.send("bedmgmt", move)
            if move not in OUT:
                running.send("adt", move)
    until(lambda: running.switched() == ["bedmgmt"])
    until(lambda: running.census() == MEANWHILE)
    until(lambda: "By bedmgmt, while adt is out" in page())
    assert "Second source in charge of stays: bedmgmt." in page()
    assert "Stale: adt silent" not in page()
    for move in (*OUT[::-1], *DAY[8:]):
        running.send("adt", move)
    running.send("bedmgmt", DAY[9])
    until(lambda: running.switched() == ["bedmgmt", "adt"])
    until(lambda: running.census() == IN_THE_END)
    until(lambda: "By bedmgmt" not in page())
