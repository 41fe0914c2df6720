import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from wardwise.demo.board_client import BoardClient
from wardwise.demo.board_form import hidden_fields
from wardwise.demo.errors import BoardRefused, NotLoopback
from wardwise.demo.people import Answer

ACCEPTED = Answer(timedelta(minutes=5), "accepted", "", "charge-nurse")
OVERRIDDEN = Answer(timedelta(minutes=5), "overridden", "will-monitor", "physician")
OPEN = {
    "as_of": "2026-03-02T12:10:00Z",
    "position": 7,
    "advice": [
        {"id": "a2", "card": {"owner": "x"}, "unit": "demo/4a", "given_at": "2026-03-02T12:05:00Z"},
        {"id": "a1", "card": {"owner": "y"}, "unit": None, "given_at": "2026-03-02T12:00:00Z", "answer": None},
    ],
}
CARD = """<form method="post" action="/advice/{id}/response"><input type="hidden" name="nonce" value="n-{id}&amp;">
<button name="answer" value="accepted">Accept</button></form>"""
PAGE = "<input type=hidden name=nonce value=elsewhere>" + "".join(CARD.format(id=key) for key in ("a1", "a2", "a3"))


class Board(BaseHTTPRequestHandler):
    """Plays the board: `seen` was posted, `status` answers a card's form, `lapsed` cookies are no good."""

    seen: list[tuple[str, str, dict[str, list[str]]]]
    lapsed: set[str]
    status = 303

    def do_GET(self) -> None:
        self.reply(200, body=json.dumps(OPEN) if self.path == "/api/advice/open" else PAGE)

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode(), keep_blank_values=True)
        cookie = self.headers.get("cookie", "")
        self.seen.append((self.path, cookie, form))
        if self.headers.get("origin") != f"http://{self.headers['host']}":
            self.reply(403)
        elif self.path == "/role":
            number = sum(path == "/role" for path, *_ in self.seen)
            self.reply(303, location="/", cookie=f"role={form['role'][0]}.{number}; HttpOnly; Path=/; SameSite=strict")
        elif cookie in self.lapsed:
            self.reply(303, location="/role?back=/")
        else:
            self.reply(self.status, location="/#advice")

    def reply(self, status: int, *, location: str = "", cookie: str = "", body: str = "") -> None:
        self.send_response(status)
        for name, value in (("location", location), ("set-cookie", cookie)):
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def board(status: int = 303, lapsed: frozenset[str] = frozenset()) -> Iterator[tuple[BoardClient, type[Board]]]:
    page = type("OneBoard", (Board,), {"seen": [], "status": status, "lapsed": set(lapsed)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield BoardClient("127.0.0.1", server.server_port), page
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_open_advice_is_read_oldest_first() -> None:
    with board() as (client, _):
        found = client.open_advice()
    assert [(one.id, one.unit, one.answer) for one in found] == [("a1", "", ""), ("a2", "demo/4a", "")]
    assert found[0].given == datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_role_is_chosen_once_and_its_cookie_kept() -> None:
    with board() as (client, page):
        assert client.answer("a1", ACCEPTED)
        assert client.answer("a2", ACCEPTED)
        assert client.answer("a3", OVERRIDDEN)
    assert [(path, cookie) for path, cookie, _ in page.seen] == [
        ("/role", ""),
        ("/advice/a1/response", "role=charge-nurse.1"),
        ("/advice/a2/response", "role=charge-nurse.1"),
        ("/role", ""),
        ("/advice/a3/response", "role=physician.2"),
    ]


def test_the_card_s_hidden_number_goes_back_with_the_answer() -> None:
    with board() as (client, page):
        client.answer("a3", OVERRIDDEN)
    assert page.seen[-1][2] == {
        "nonce": ["n-a3&"],
        "answer": ["overridden"],
        "reason": ["will-monitor"],
        "note": [""],
    }


def test_a_cookie_that_has_run_out_is_asked_for_again() -> None:
    with board(lapsed=frozenset({"role=charge-nurse.1"})) as (client, page):
        assert client.answer("a1", ACCEPTED)
    assert [path for path, *_ in page.seen] == ["/role", "/advice/a1/response"] * 2


def test_an_answer_that_comes_too_late_is_no_failure() -> None:
    with board(status=409) as (client, _):
        assert not client.answer("a1", ACCEPTED)
    with board() as (client, page):
        assert not client.answer("a-card-that-has-gone", ACCEPTED)
        assert [path for path, *_ in page.seen] == ["/role"]


def test_any_other_refusal_is_told_with_its_page() -> None:
    with board(status=403) as (client, _), pytest.raises(BoardRefused, match="403 to /advice/a1/response"):
        client.answer("a1", ACCEPTED)


def test_a_board_that_is_not_there_is_told() -> None:
    with board() as (client, _):
        pass
    with pytest.raises(BoardRefused, match="/api/advice/open"):
        client.open_advice()


def test_it_speaks_to_this_machine_only() -> None:
    with pytest.raises(NotLoopback):
        BoardClient("board.example.org", 80)


def test_a_page_without_the_form_has_no_fields() -> None:
    assert hidden_fields(PAGE, "/advice/a9/response") is None
    assert hidden_fields(PAGE, "/advice/a1/response") == {"nonce": "n-a1&"}
