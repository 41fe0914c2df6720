"""Bulk exports: of a server that is not ours, live, and of servers that make us wait, or that cannot be believed."""

import errno
import gzip
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from tests.feeds.fhir.heard import Heard, Made
from tests.feeds.fhir.test_same_stay import HAND_MADE
from tests.feeds.fhir.told_stays import around, encounter, messages, observation
from tests.feeds.fhir.two_feeds import asking
from tests.run.fhir_server import foreign_server

from wardwise.assemble import exports
from wardwise.assemble.exports import fetch_export
from wardwise.errors import NotRunnable
from wardwise.feeds.fhir.bulk import Wanted, fetch
from wardwise.feeds.fhir.export import deliveries
from wardwise.feeds.fhir.refusal import Refused
from wardwise.feeds.fhir.server import Server
from wardwise.feeds.fhir.sign_in import Bearer
from wardwise.run.clock import SystemClock, pause

Answer = Callable[[httpx.Request], httpx.Response]
AT = datetime(2026, 3, 1, tzinfo=UTC)


def test_an_export_of_a_foreign_server_gives_the_events_that_messages_give(
    demo_site: Path, made: Made, tmp_path: Path
) -> None:
    into = tmp_path / "export"
    with foreign_server(tmp_path / "server") as server:
        server.put(*around(HAND_MADE), encounter(HAND_MADE), *(observation(HAND_MADE, r) for r in HAND_MADE.results))
        found = fetch_export(
            asking(demo_site, tmp_path, server.url), "records", into, Wanted(), clock=SystemClock(), wait=pause
        )
    assert [name.partition("-")[2] for name in found.lines] == [
        "Encounter.ndjson", "Location.ndjson", "Observation.ndjson", "Patient.ndjson"
    ]  # fmt: skip
    assert sum(found.lines.values()) == 1 + 6 + 2 + 1
    assert abs((found.at - datetime.now(UTC)).total_seconds()) < 300
    assert into.stat().st_mode & 0o077 == 0
    fhir, v2 = Heard(made, "fhir"), Heard(made, "v2")
    fhir.take(deliveries(sorted(into.iterdir())))
    v2.hear(*messages(HAND_MADE))
    assert fhir.standing() == v2.standing()
    assert fhir.standing().total() == 7


class Played:
    """A server at the level of HTTP: it takes the question, and gives these answers to those about its progress."""

    def __init__(
        self, *progress: httpx.Response | httpx.HTTPError, file: Callable[[httpx.Request], httpx.Response] | None = None
    ) -> None:
        self.progress = list(progress)
        self.file = file or (lambda _: httpx.Response(200, content=b'{"resourceType": "Patient", "id": "1"}\n'))
        self.asked: list[httpx.Request] = []
        self.waited: list[float] = []
        http = httpx.Client(transport=httpx.MockTransport(self.answer))
        self.server = Server("https://fhir.example/r4", http, Bearer(lambda: "secret"))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.path.endswith("/$export"):
            return httpx.Response(202, headers={"Content-Location": "https://fhir.example/r4/status/7"})
        if request.url.path == "/r4/status/7":
            return httpx.Response(202) if request.method == "DELETE" else self.next()
        return self.file(request)

    def next(self) -> httpx.Response:
        told = self.progress.pop(0)
        if isinstance(told, httpx.HTTPError):
            raise told
        return told

    def fetch(self, into: Path) -> dict[str, int]:
        found = fetch(self.server, Wanted(types=("Patient",), since=AT, group="g1"), into, wait=self.waited.append)
        return dict(found.lines)


def manifest(url: str = "https://fhir.example/r4/files/1", **more: object) -> httpx.Response:
    output = [{"type": "Patient", "url": url, "count": 1}]
    return httpx.Response(200, json={"transactionTime": "2026-03-01T08:00:00Z", "output": output, **more})


def test_a_server_is_asked_as_late_as_it_says_and_told_when_it_may_forget(tmp_path: Path) -> None:
    busy = [
        httpx.Response(202, headers={"Retry-After": "120"}),
        httpx.Response(202),
        httpx.Response(429, headers={"Retry-After": "7"}),
        httpx.Response(503),
    ]
    played = Played(*busy, manifest())
    assert played.fetch(tmp_path) == {"00001-Patient.ndjson": 1}
    assert played.waited == [120, 4, 7, 16]
    asked = played.asked[0]
    assert asked.headers["Prefer"] == "respond-async"
    assert asked.url.path == "/r4/Group/g1/$export"
    assert dict(asked.url.params)["_type"] == "Patient"
    assert dict(asked.url.params)["_since"] == "2026-03-01T00:00:00.000000Z"
    assert played.asked[-1].method == "DELETE"
    assert {request.headers.get("Authorization") for request in played.asked} == {"Bearer secret"}


def test_a_line_that_fails_for_a_while_costs_no_export(tmp_path: Path) -> None:
    gone = httpx.ConnectError("no route")
    played = Played(httpx.Response(502), gone, gone, httpx.Response(202), manifest())
    assert played.fetch(tmp_path) == {"00001-Patient.ndjson": 1}
    assert played.waited == [2, 4, 8, 16]
    with pytest.raises(Refused, match="connection failed"):
        Played(*[gone] * 9).fetch(tmp_path)


def test_a_full_disk_is_told_and_nothing_kept(demo_site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(exports, "fetch", full)
    own = asking(demo_site, tmp_path, "http://127.0.0.1:9/r4")
    with pytest.raises(NotRunnable, match="No space left on device"):
        fetch_export(own, "records", tmp_path / "export", Wanted(), clock=SystemClock(), wait=pause)
    assert not (tmp_path / "export").exists()


def test_a_file_without_end_leaves_room_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = iter([1 << 40, 0])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=next(left)))
    endless = gzip.compress(b"\n" * 16 * 1024 * 1024)
    played = Played(
        manifest(), file=lambda _: httpx.Response(200, content=endless, headers={"Content-Encoding": "gzip"})
    )
    with pytest.raises(Refused, match="disk here would be full"):
        played.fetch(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_files_elsewhere_are_fetched_without_saying_who_we_are(tmp_path: Path) -> None:
    played = Played(manifest("https://files.example/signed?x=1", requiresAccessToken=False))
    played.fetch(tmp_path)
    elsewhere = [request for request in played.asked if request.url.host == "files.example"]
    assert [request.headers.get("Authorization") for request in elsewhere] == [None]


def test_what_was_deleted_is_fetched_too(tmp_path: Path) -> None:
    deleted = [{"type": "Bundle", "url": "https://fhir.example/r4/files/2", "count": 9}]
    assert list(Played(manifest(deleted=deleted)).fetch(tmp_path)) == ["00001-Patient.ndjson", "00002-Deleted.ndjson"]


BAD: list[tuple[str, Callable[[], Played]]] = [
    ("another server", lambda: Played(manifest("https://files.example/1"))),
    ("nor https", lambda: Played(manifest("http://files.example/1", requiresAccessToken=False))),
    ("status 500", lambda: Played(httpx.Response(500))),
    ("no list `output`", lambda: Played(httpx.Response(200, json=[]))),
    ("no list `output`", lambda: Played(httpx.Response(200, content=b"<html>"))),
    ("transactionTime", lambda: Played(httpx.Response(200, json={"output": []}))),
    ("2 lines came where 1", lambda: Played(manifest(), file=lambda _: httpx.Response(200, content=b"{}\n{}"))),
    ("status 404", lambda: Played(manifest(), file=lambda _: httpx.Response(404))),
    ("within a day", lambda: Played(*[httpx.Response(202, headers={"Retry-After": "3600"})] * 24)),
]


@pytest.mark.parametrize(("why", "played"), BAD, ids=[f"{n} {why}" for n, (why, _) in enumerate(BAD)])
def test_what_cannot_be_believed_is_a_refusal(tmp_path: Path, why: str, played: Callable[[], Played]) -> None:
    with pytest.raises(Refused, match=why):
        played().fetch(tmp_path)
    assert not list(tmp_path.glob("*.part"))


def test_a_refusal_leaves_no_folder_and_says_what_to_do(demo_site: Path, tmp_path: Path) -> None:
    own, clock = asking(demo_site, tmp_path, "http://127.0.0.1:9/r4"), SystemClock()
    with pytest.raises(NotRunnable, match="the connection failed"):
        fetch_export(own, "records", tmp_path / "export", Wanted(), clock=clock, wait=pause)
    assert not (tmp_path / "export").exists()
    with pytest.raises(NotRunnable, match="Those that do: records"):
        fetch_export(own, "adt", tmp_path / "export", Wanted(), clock=clock, wait=pause)
    with pytest.raises(NotRunnable, match="new folder"):
        fetch_export(own, "records", tmp_path, Wanted(), clock=clock, wait=pause)
    assert own.exists()
