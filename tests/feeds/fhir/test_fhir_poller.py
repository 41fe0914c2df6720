"""Polling: pages, cursors, refusals and tokens, against a server that is played at the level of HTTP."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.clocks import HandClock
from tests.feeds.fhir.test_same_stay import HAND_MADE
from tests.feeds.fhir.told_stays import around, encounter

from wardwise.errors import StoreUnavailable
from wardwise.feeds.asked_feed import AskedFeed
from wardwise.feeds.fhir.poller import LISTENER, Poller
from wardwise.feeds.fhir.refusal import Refused
from wardwise.feeds.fhir.rounds import Rounds
from wardwise.feeds.fhir.server import Server
from wardwise.feeds.fhir.sign_in import Backend, Bearer, SignIn, secret_in
from wardwise.hospital.moment import from_iso, iso
from wardwise.loop.capture.inbox import Arrival, Raw
from wardwise.sites.poll import Client, Poll
from wardwise.stores.cursors import Cursors
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.unreached import UnreachedServers

URL = "https://fhir.example/r4"
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
CHANCE = Random(1)  # noqa: S311 - to spread, not to hide
Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class Desk:
    """Everything a poller works with, and what it asked for."""

    folder: Path
    answer: Answer
    clock: HandClock = field(default_factory=lambda: HandClock(BEGIN + timedelta(days=3), running=True))
    inbox: MemoryInbox = field(default_factory=MemoryInbox)
    asked: list[httpx.Request] = field(default_factory=list)
    sign_in: SignIn = field(default_factory=lambda: Bearer(None))
    types: tuple[str, ...] = ("Encounter",)
    history: bool = False
    page: int = 100

    def poller(self) -> Poller:
        def heard(request: httpx.Request) -> httpx.Response:
            self.asked.append(request)
            return self.answer(request)

        http = httpx.Client(transport=httpx.MockTransport(heard))
        poll = Poll(url=URL, types=self.types, since=BEGIN, history=self.history, page=self.page)
        cursors = Cursors(self.folder / "cursors", "fhir")
        feed = AskedFeed("demo", "fhir", LISTENER, self.inbox, self.clock)
        return Poller(feed, poll, Server(URL, http, self.sign_in), cursors)

    @property
    def bodies(self) -> list[bytes]:
        return [raw.arrival.body for raw in self.inbox.pending("demo", after=0)]

    @property
    def cursor(self) -> str:
        return Cursors(self.folder / "cursors", "fhir").read().get("Encounter", "")


def page(*resources: dict, following: str = "", **told: int) -> httpx.Response:
    link = [{"relation": "next", "url": following}] if following else []
    entry = [{"resource": each, "search": {"mode": "match"}} for each in resources]
    bundle = {"resourceType": "Bundle", "type": "searchset", "link": link, "entry": entry, **told}
    return httpx.Response(200, json=bundle)


def stays_of(*minutes: int) -> list[dict]:
    return [encounter(HAND_MADE, until, number) | {"id": f"e{until}"} for number, until in enumerate(minutes, 1)]


def server(pages: list[httpx.Response]) -> Answer:
    """Pages in turn for searches; what they refer to as it is."""
    beside = {f"/r4/{each['resourceType']}/{each['id']}": each for each in around(HAND_MADE)}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path in beside:
            if request.headers.get("If-None-Match") == 'W/"1"':
                return httpx.Response(304)
            return httpx.Response(200, json=beside[request.url.path], headers={"ETag": 'W/"1"'})
        return pages.pop(0) if request.url.path.startswith("/r4/Encounter") else httpx.Response(404)

    return answer


def test_what_was_recorded_on_a_day_to_come_stops_nothing_and_is_said(tmp_path: Path) -> None:
    (odd,), later = stays_of(0), stays_of(400)
    odd["meta"] = odd["meta"] | {"lastUpdated": "9999-12-31T00:00:00Z"}
    desk = Desk(tmp_path, server([page(odd), page(*later, odd), page(*later, odd)]))
    poller = desk.poller()
    for stored in (1, 2, 2):
        with pytest.raises(Refused, match="days to come"):
            poller.turn("Encounter")
        assert len(desk.bodies) == stored
    assert desk.cursor == iso(from_iso(later[0]["meta"]["lastUpdated"]))


def test_pages_are_stored_with_what_they_refer_to_and_then_the_cursor_moves(tmp_path: Path) -> None:
    first, second = stays_of(0), stays_of(400)
    desk = Desk(tmp_path, server([page(*first, following=f"{URL}/Encounter?page=2"), page(*second)]))
    assert desk.poller().turn("Encounter") == 2
    assert len(desk.bodies) == 2
    assert all(body.count(b'"resourceType":"Patient"') == 1 for body in desk.bodies)
    assert b'"id":"4A-12"' in desk.bodies[1]
    assert b'"id":"4A"' in desk.bodies[1]
    assert desk.cursor == "2026-03-01T10:45:00.000000Z"
    asked = dict(desk.asked[0].url.params)
    assert asked == {"_lastUpdated": "ge2026-02-28T23:59:00.000000Z", "_sort": "_lastUpdated", "_count": "100"}


def test_the_next_question_begins_before_the_cursor_and_stores_nothing_twice(tmp_path: Path) -> None:
    (stay,) = stays_of(400)
    desk = Desk(tmp_path, server([page(stay), page(stay), page(stay, *stays_of(500))]))
    poller = desk.poller()
    assert [poller.turn("Encounter") for _ in range(2)] == [1, 0]
    assert len(desk.bodies) == 1
    assert poller.turn("Encounter") == 1
    searches = [r.url.params["_lastUpdated"] for r in desk.asked if r.url.path.endswith("/Encounter")]
    assert searches[1] == "ge2026-03-01T10:44:00.000000Z"
    assert len(desk.bodies) == 2


def test_what_did_not_change_is_not_sent_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, server([page(*stays_of(0)), page(*stays_of(0), *stays_of(30))]))
    poller = desk.poller()
    poller.turn("Encounter")
    before = len(desk.asked)
    poller.turn("Encounter")
    again = [request for request in desk.asked[before:] if "/Patient/" in request.url.path]
    assert [request.headers["If-None-Match"] for request in again] == ['W/"1"']
    assert b'"resourceType":"Patient"' in desk.bodies[1]


def test_a_server_that_has_no_further_pages_is_asked_on_from_the_newest_it_gave(tmp_path: Path) -> None:
    first, second = stays_of(0, 30), stays_of(30, 400, 500)
    desk = Desk(tmp_path, server([page(*first, total=4), page(*second, total=3)]))
    assert desk.poller().turn("Encounter") == 5  # the one at the seam has another version number here
    searches = [r.url.params["_lastUpdated"] for r in desk.asked if r.url.path.endswith("/Encounter")]
    assert searches == ["ge2026-02-28T23:59:00.000000Z", "ge2026-03-01T04:35:00.000000Z"]
    assert desk.cursor == "2026-03-01T12:25:00.000000Z"


@pytest.mark.parametrize("minutes", [(400, 0), (0, 0)], ids=["not in order", "one instant"])
def test_one_page_that_leaves_out_what_cannot_be_told_is_a_refusal(tmp_path: Path, minutes: tuple[int, ...]) -> None:
    pages = [page(*stays_of(*minutes), total=3) for _ in range(2)]
    desk = Desk(tmp_path, server(pages), page=2)
    with pytest.raises(Refused, match="no further pages"):
        desk.poller().turn("Encounter")
    assert desk.cursor == ""


def test_a_history_of_one_page_that_lacks_what_is_older_is_a_refusal(tmp_path: Path) -> None:
    desk = Desk(tmp_path, server([page(*stays_of(400), total=2)]), history=True, page=1)
    with pytest.raises(Refused, match="leave out `history`"):
        desk.poller().turn("Encounter")
    assert desk.cursor == ""


@pytest.mark.parametrize("history", [False, True])
def test_a_page_shorter_than_asked_for_is_the_last_whatever_its_total_says(tmp_path: Path, *, history: bool) -> None:
    desk = Desk(tmp_path, server([page(*stays_of(400), total=9) for _ in range(2)]), history=history)
    assert desk.poller().turn("Encounter") == 1
    assert desk.cursor == "2026-03-01T10:45:00.000000Z"


def test_two_versions_of_one_instant_are_told_apart_by_ids_that_are_no_numbers(tmp_path: Path) -> None:
    one, other = (stays_of(0)[0] | {"meta": {"versionId": v, "lastUpdated": "2026-03-01T04:05:00Z"}} for v in "ab")
    desk = Desk(tmp_path, server([page(one), page(other)]))
    poller = desk.poller()
    assert [poller.turn("Encounter") for _ in range(2)] == [1, 1]


def cut(_request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("cut")


FAULTS: list[tuple[str, Answer]] = [
    ("status 503", lambda _: httpx.Response(503)),
    ("status 404", lambda _: httpx.Response(404)),
    ("status 302", lambda _: httpx.Response(302, headers={"Location": "https://other.example"})),
    ("ReadError", cut),
    ("not JSON", lambda _: httpx.Response(200, content=b"<html>")),
    ("larger than", lambda _: httpx.Response(200, content=b"x" * (9 * 1024 * 1024))),
    ("another server", lambda _: page(following="https://other.example/r4/Encounter?page=3")),
    ("its address is none", lambda _: page(following="https://a:b/")),
    ("in a circle", lambda _: page(following=f"{URL}/Encounter?page=2")),
]


@pytest.mark.parametrize(("why", "fault"), FAULTS, ids=[why for why, _ in FAULTS])
def test_a_fault_at_any_page_leaves_the_cursor_and_the_window_is_asked_for_again(
    tmp_path: Path, why: str, fault: Answer
) -> None:
    pages = [page(*stays_of(0), following=f"{URL}/Encounter?page=2")]
    good = server(pages)
    desk = Desk(
        tmp_path, lambda request: good(request) if pages or "/Encounter" not in request.url.path else fault(request)
    )
    poller = desk.poller()
    with pytest.raises(Refused, match=why) as caught:
        poller.turn("Encounter")
    assert "HAND" not in str(caught.value)
    assert desk.cursor == ""
    desk.answer = server([page(*stays_of(0), following=f"{URL}/Encounter?page=2"), page(*stays_of(400))])
    assert desk.poller().turn("Encounter") == 2
    assert desk.cursor == "2026-03-01T10:45:00.000000Z"
    assert len(desk.bodies) == 2  # the first page came twice and is known for one


class FullInbox(MemoryInbox):
    """An inbox that takes one body and no more."""

    def receive(self, arrivals: list[Arrival]) -> list[Raw]:  # type: ignore[override]
        if self.pending("demo", after=0):
            raise StoreUnavailable(store="inbox", what="a commit failed", remedy="x")
        return super().receive(arrivals)


def test_a_store_that_fails_keeps_the_cursor(tmp_path: Path) -> None:
    pages = [page(*stays_of(0), following=f"{URL}/Encounter?page=2"), page(*stays_of(400))]
    desk = Desk(tmp_path, server(pages), inbox=FullInbox())
    with pytest.raises(StoreUnavailable):
        desk.poller().turn("Encounter")
    assert desk.cursor == ""


def test_a_history_tells_deletions_and_a_version_that_is_known_is_stored_once(tmp_path: Path) -> None:
    gone = {
        "request": {"method": "DELETE", "url": "Encounter/e0"},
        "response": {"lastModified": "2026-03-02T00:00:00Z"},
    }
    bundle = {"resourceType": "Bundle", "type": "history", "entry": [gone]}
    desk = Desk(tmp_path, lambda _: httpx.Response(200, json=bundle), history=True)
    poller = desk.poller()
    assert [poller.turn("Encounter"), poller.turn("Encounter")] == [1, 0]
    assert desk.asked[0].url.path == "/r4/Encounter/_history"
    assert desk.asked[0].url.params["_since"] == "2026-02-28T23:59:00.000000Z"
    assert desk.cursor == "2026-03-02T00:00:00.000000Z"


def test_a_server_with_nothing_new_is_heard_once_a_minute(tmp_path: Path) -> None:
    desk = Desk(tmp_path, lambda _: page())
    poller = desk.poller()
    for second in (0, 30, 61, 90, 125):
        desk.clock.seconds = second
        poller.turn("Encounter")
    assert len(desk.bodies) == 3
    assert desk.cursor == ""


def test_waits_grow_by_chance_and_are_never_shorter_than_asked_for(tmp_path: Path) -> None:
    desk = Desk(tmp_path, lambda _: httpx.Response(503))
    said: list[str] = []
    rounds = Rounds(desk.poller(), CHANCE, said.append, UnreachedServers(tmp_path / "unreached"))
    waits = []
    for _ in range(12):
        waits.append(rounds.step())
        desk.clock.seconds += waits[-1] + 0.001
    assert all(0.5 * 2**n <= wait <= 2**n for n, wait in enumerate(waits[:8], 1))
    assert max(waits) <= 300
    assert UnreachedServers(tmp_path / "unreached").read()["fhir"].why == "it answered with status 503"
    desk.answer = lambda _: httpx.Response(429, headers={"Retry-After": "700"})
    assert 700 <= rounds.step() <= 702
    desk.clock.seconds += 703
    date = {"Date": "Sun, 01 Mar 2026 08:00:00 GMT", "Retry-After": "Sun, 01 Mar 2026 08:01:30 GMT"}
    desk.answer = lambda _: httpx.Response(503, headers=date)
    assert 90 <= rounds.step() <= 92
    desk.clock.seconds += 93
    desk.answer = lambda _: page()
    assert rounds.step() == pytest.approx(30)
    assert said[-1] == "feed fhir: Encounter is answered again"
    assert UnreachedServers(tmp_path / "unreached").read() == {}


def test_types_have_their_own_times(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503) if "Flag" in request.url.path else page()

    desk = Desk(tmp_path, answer, types=("Encounter", "Flag"))
    rounds = Rounds(desk.poller(), CHANCE, lambda _: None, UnreachedServers(tmp_path / "unreached"))
    assert rounds.step() <= 2
    desk.clock.seconds = 2.1
    rounds.step()
    assert [request.url.path.rpartition("/")[2] for request in desk.asked] == ["Encounter", "Flag", "Flag"]
    away, since = UnreachedServers(tmp_path / "unreached"), desk.clock.now()
    desk.clock.seconds = 31
    rounds.step()
    assert away.read()["fhir"].since == since  # one type that is answered is not all of it


def test_a_token_of_the_file_is_sent_and_read_anew(tmp_path: Path) -> None:
    tokens = ["old\n", "new\n"]
    desk = Desk(tmp_path, lambda request: httpx.Response(401) if "old" in request.headers["Authorization"] else page())
    desk.sign_in = Bearer(lambda: tokens.pop(0))
    desk.poller().turn("Encounter")
    assert [request.headers["Authorization"] for request in desk.asked] == ["Bearer old", "Bearer new"]


def test_a_secret_that_others_may_read_or_nobody_is_sent_to_nobody(tmp_path: Path) -> None:
    file = tmp_path / "token"
    client = Client(id="ward", token_url="https://fhir.example/token", key="token", key_id="k1")
    desk = Desk(tmp_path, lambda _: page())
    for sign_in in (Bearer(partial(secret_in, file)), Backend(client, partial(secret_in, file), desk.clock)):
        desk.sign_in = sign_in
        file.unlink(missing_ok=True)
        with pytest.raises(Refused, match=r"our own file token cannot be read \(FileNotFoundError\)"):
            desk.poller().turn("Encounter")
        file.write_text("ZZSECRET")
        file.chmod(0o640)
        with pytest.raises(Refused, match="others may read token: run `chmod 600` on it") as caught:
            desk.poller().turn("Encounter")
        assert "ZZSECRET" not in str(caught.value)
    assert not desk.asked
    file.chmod(0o600)
    desk.sign_in = Bearer(partial(secret_in, file))
    desk.poller().turn("Encounter")
    assert [request.headers["Authorization"] for request in desk.asked] == ["Bearer ZZSECRET"]


def test_smart_backend_services_sign_in_by_an_assertion_that_the_server_can_check(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    used: set[str] = set()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/token":
            good = request.headers.get("Authorization") == f"Bearer t{len(used)}"
            return page() if good else httpx.Response(401)
        form = dict(httpx.QueryParams(request.content.decode()))
        claims = jwt.decode(
            form["client_assertion"], key.public_key(), algorithms=["ES384"], audience="https://fhir.example/token",
            options={"verify_iat": False, "verify_exp": False},
        )  # fmt: skip
        assert jwt.get_unverified_header(form["client_assertion"])["kid"] == "k1"
        assert claims["iss"] == claims["sub"] == "ward"
        assert 0 < claims["exp"] - claims["iat"] <= 300
        assert claims["jti"] not in used
        used.add(claims["jti"])
        assert form["grant_type"] == "client_credentials"
        return httpx.Response(200, json={"access_token": f"t{len(used)}", "expires_in": 300})

    desk = Desk(tmp_path, answer)
    client = Client(id="ward", token_url="https://fhir.example/token", key="key.pem", key_id="k1")
    desk.sign_in = Backend(client, lambda: pem, desk.clock)
    poller = desk.poller()
    poller.turn("Encounter")
    desk.clock.seconds = 200
    poller.turn("Encounter")
    assert len(used) == 1
    desk.clock.seconds = 280  # half a minute before its end
    poller.turn("Encounter")
    assert len(used) == 2
    used.add("one that the server forgot")  # the token is refused once, and another is asked for
    poller.turn("Encounter")
    assert len(used) == 4


@pytest.mark.parametrize(
    "answer", [httpx.Response(401), httpx.Response(200, json=[]), httpx.Response(200, content=b"x")]
)
def test_a_sign_in_that_fails_is_a_refusal(tmp_path: Path, answer: httpx.Response) -> None:
    client = Client(id="ward", token_url="https://fhir.example/token", key="key.pem", key_id="k1")
    key = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    desk = Desk(tmp_path, lambda _: answer)
    desk.sign_in = Backend(client, key.decode, desk.clock)
    with pytest.raises(Refused, match="an access token"):
        desk.poller().turn("Encounter")
    desk.sign_in = Backend(client, lambda: "no key", desk.clock)
    with pytest.raises(Refused, match="cannot be used with ES384"):
        desk.poller().turn("Encounter")


def test_a_cursor_file_that_is_damaged_is_said(tmp_path: Path) -> None:
    cursors = Cursors(tmp_path / "cursors", "fhir")
    assert cursors.read() == {}
    cursors.keep({"Encounter": "2026-03-01T00:00:00Z"})
    assert Cursors(tmp_path / "cursors", "fhir").read() == {"Encounter": "2026-03-01T00:00:00Z"}
    for damage in ("{", "[]", json.dumps({"Encounter": 7})):
        (tmp_path / "cursors" / "fhir.json").write_text(damage)
        with pytest.raises(StoreUnavailable, match="remove it"):
            cursors.read()
