"""The pages stay alive: a tick a second, one look at the log for every screen, and honest health."""

import re
import time
from contextlib import ExitStack
from datetime import timedelta

import httpx

from wardwise.surfaces.cds_hooks import cards
from wardwise.surfaces.web import app as web_app

CALL = {"hook": "patient-view", "hookInstance": "d1577c69", "context": {"userId": "P/1", "patientId": "123"}}
UNREAD = "The worker is not reading: 2 messages wait since 14:14."


def test_the_live_stream_sends_a_tick_and_only_what_changed(ward, client, hands) -> None:
    version = re.search(r'data-version="([^"]+)"', client.get("/").text)
    assert version
    with client.stream("GET", f"/live/capacity?shown={version[1]}") as stream:
        lines = stream.iter_lines()
        assert _next_event(lines)[0] == "tick"
        advice = hands.give(ward, hands.card("A new piece of advice"))
        while (event := _next_event(lines))[0] != "fragments":
            pass
    assert f"advice-{advice}" in event[1]
    assert '"tiles"' not in event[1]
    assert '"counts"' in event[1]


def test_there_is_no_stream_for_a_page_that_is_not_there(still) -> None:
    assert still.client.get("/live/nowhere").status_code == 404


def test_one_look_at_the_log_serves_every_screen(ward, client) -> None:
    reads = 0
    read = ward.log.read

    def counted(*args, **named):
        nonlocal reads
        reads += 1
        return read(*args, **named)

    ward.log.read = counted
    for _ in range(40):
        client.get("/")
    assert reads <= 6  # the keeper's own, once a second


def test_a_log_that_cannot_be_read_for_a_while_stops_the_ticks_and_then_they_go_on(ward, client) -> None:
    read = ward.log.read
    ward.log.read = lambda *_, **__: 1 / 0
    _ready(client, status=503)
    assert client.get("/").status_code == 200  # the last snapshot, with its as-of; the screens mark it stale
    assert client.get("/health/live").status_code == 200
    ward.log.read = read
    _ready(client, status=200)


def test_health_tells_alive_from_ready(still) -> None:
    assert still.client.get("/health/live").json() == {"live": True}
    assert still.client.get("/health/ready").json() == {
        "ready": True,
        "position": still.ward.log.head(still.ward.site).position,
    }


def test_a_worker_that_does_not_read_is_told_on_every_page_and_to_the_ehr(hands) -> None:
    ward = hands.make_ward()
    hands.fill(ward)
    with hands.opened(ward) as client:
        ward.clock.advance(timedelta(minutes=2))
        left = hands.leave(ward, "adt", "vitals")
        _until(client, "/feeds", "Pending 2")
        assert client.get("/health/ready").status_code == 200
        ward.clock.lapse(5.5)
        _until(client, "/health/ready", '"waiting":2')
        assert client.get("/health/ready").status_code == 503
        for path in ("/", "/feeds", "/governance", "/role"):
            text = _text(client.get(path).text)
            assert UNREAD in text, path
            assert "Everything here as of Sat 21 Nov 14:12:05" in text, path
        board = _text(client.get("/").text)
        assert "Bed manager as of 14:12" in board
        assert "as of 14:14" not in board
        assert board.count("Stale: worker not reading") == 8  # five tiles, the advice, the curve, the wards
        (card,) = client.post("/cds-services/deterioration", json=CALL).json()["cards"]
        assert card["summary"] == cards.BEHIND
        hands.read(ward, left)
        _ready(client, status=200)
        assert "not reading" not in client.get("/").text
        assert client.post("/cds-services/deterioration", json=CALL).json() == {"cards": []}


def test_screens_that_stand_open_are_told_that_the_worker_does_not_read(hands) -> None:
    ward = hands.make_ward()
    hands.fill(ward)
    with hands.opened(ward) as client:
        version = re.search(r'data-version="([^"]+)"', client.get("/").text)
        assert version
        with client.stream("GET", f"/live/capacity?shown={version[1]}") as stream:
            lines = stream.iter_lines()
            hands.leave(ward, "adt")
            _until(client, "/feeds", "Pending 1")
            ward.clock.lapse(5.5)
            events = [_next_event(lines) for _ in range(6)]
    assert any(name == "fragments" and "Stale: worker not reading" in data for name, data in events)
    assert "1 message waits since 14:12" in events[-1][1]


def test_health_is_not_ready_while_the_last_look_is_older_than_five_seconds(ward, client) -> None:
    assert client.get("/health/ready").status_code == 200
    slow, let = ward.log.read, []
    ward.log.read = lambda *given, **named: (_wait_for(let), slow(*given, **named))[1]
    time.sleep(1.2)  # the look that hangs has begun; no look has failed
    assert client.get("/health/ready").status_code == 200
    ward.clock.lapse(5.5)
    assert client.get("/health/ready").status_code == 503
    let.append("go")
    _ready(client, status=200)


def test_one_screen_more_than_the_server_serves_is_told_so(still, monkeypatch) -> None:
    assert web_app.MOST_SCREENS == 256
    monkeypatch.setattr(web_app, "MOST_SCREENS", 2)
    with ExitStack() as open_screens:
        first = open_screens.enter_context(ExitStack())
        first.enter_context(still.client.stream("GET", "/live/other"))
        open_screens.enter_context(still.client.stream("GET", "/live/feeds"))
        with still.client.stream("GET", "/live/other") as refused:
            assert (refused.status_code, refused.headers.get("retry-after")) == (503, "10")
            assert "2 screens" in refused.read().decode()
        first.close()
        for _ in range(100):
            with still.client.stream("GET", "/live/other") as again:
                if again.status_code == 200:
                    return
            time.sleep(0.05)
    raise AssertionError("a seat that was left was never given again")


def _wait_for(let: list[str]) -> None:
    end = time.monotonic() + 10
    while not let and time.monotonic() < end:
        time.sleep(0.02)


def _until(client: httpx.Client, path: str, said: str) -> str:
    for _ in range(400):
        if said in (text := _text(client.get(path).text)):
            return text
        time.sleep(0.01)
    raise AssertionError(said)


def _text(page: str) -> str:
    bare = re.sub(r"<noscript>.*?</noscript>|<svg.*?</svg>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", bare).split())


def _ready(client: httpx.Client, status: int) -> None:
    for _ in range(400):
        if client.get("/health/ready").status_code == status:
            return
    raise AssertionError(status)


def _next_event(lines) -> tuple[str, str]:
    name, data = "", ""
    for line in lines:
        if line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            data += line[5:].strip()
        elif not line and name:
            return name, data
    raise AssertionError("the stream ended")
