"""The pages stay alive: a tick a second, one look at the log for every screen, and honest health."""

import re

import httpx


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
