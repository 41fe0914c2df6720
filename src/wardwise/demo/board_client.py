"""A browser's part of the board, played by the demo: choose a role, see what is open, answer by the form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from wardwise.demo.board_form import hidden_fields
from wardwise.demo.errors import BoardRefused
from wardwise.demo.loopback import require_loopback
from wardwise.demo.people import Answer
from wardwise.hospital.moment import from_iso

PAGE, ROLE, OPEN = "/", "/role", "/api/advice/open"
FINE = range(200, 400)  # a form done well redirects
TOO_LATE = frozenset({HTTPStatus.CONFLICT, HTTPStatus.GONE, HTTPStatus.NOT_FOUND})
ACTOR = "ZZ demo"


@dataclass(frozen=True, slots=True)
class OpenAdvice:
    """A piece of advice somebody may still answer, as the board lists it; `answer` is the last one, empty if none."""

    id: str
    card: Mapping[str, object]
    unit: str
    given: datetime
    answer: str


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: bytes
    location: str
    cookies: tuple[str, ...]


class BoardClient:
    """Keeps one signed cookie for each role it has taken, and takes the role again when the cookie has run out."""

    def __init__(self, host: str, port: int, *, patience: float = 10.0) -> None:
        """`patience` in seconds waits for an answer of the board."""
        self._host, self._port, self._patience = require_loopback(host), port, patience
        self._cookies: dict[str, str] = {}

    def open_advice(self) -> list[OpenAdvice]:
        """What is open now, oldest first."""
        listed = json.loads(self._ask("GET", OPEN).body)["advice"]
        return sorted((_advice(entry) for entry in listed), key=lambda advice: (advice.given, advice.id))

    def answer(self, advice: str, given: Answer) -> bool:
        """Answer in a role by the form; False when it is open no longer. Raises BoardRefused for all else."""
        path = f"/advice/{advice}/response"
        for fresh in (False, True):
            if fresh or given.role not in self._cookies:
                self._take(given.role)
            page = self._ask("GET", PAGE, role=given.role).body.decode()
            hidden = hidden_fields(page, path)
            if hidden is None:
                return False
            form = hidden | {"answer": given.answer, "reason": given.reason, "note": ""}
            reply = self._ask("POST", path, form=form, role=given.role)
            if not reply.location.startswith(ROLE):
                return reply.status not in TOO_LATE
        raise BoardRefused(status="no role", path=path)

    def _take(self, role: str) -> None:
        reply = self._ask("POST", ROLE, form={"role": role, "actor": ACTOR, "back": PAGE})
        jar: SimpleCookie = SimpleCookie()
        for header in reply.cookies:
            jar.load(header)
        if not jar:
            raise BoardRefused(status="no cookie", path=ROLE)
        self._cookies[role] = "; ".join(f"{name}={morsel.coded_value}" for name, morsel in jar.items())

    def _ask(self, method: str, path: str, *, form: Mapping[str, str] | None = None, role: str = "") -> _Reply:
        headers = {"Origin": f"http://{self._host}:{self._port}"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if role:
            headers["Cookie"] = self._cookies[role]
        reply = self._talk(method, path, None if form is None else urlencode(form), headers)
        if reply.status not in FINE and not (method == "POST" and reply.status in TOO_LATE):
            raise BoardRefused(status=reply.status, path=path)
        return reply

    def _talk(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> _Reply:
        connection = HTTPConnection(self._host, self._port, timeout=self._patience)
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            cookies = tuple(answer.headers.get_all("set-cookie", []))
            return _Reply(answer.status, answer.read(), answer.headers.get("location", ""), cookies)
        except (OSError, HTTPException) as error:
            raise BoardRefused(status=type(error).__name__, path=path) from error
        finally:
            connection.close()


def _advice(entry: Mapping[str, object]) -> OpenAdvice:
    card = entry["card"]
    if not isinstance(card, Mapping):
        raise BoardRefused(status="advice without a card", path=OPEN)
    return OpenAdvice(
        id=str(entry["id"]),
        card=card,
        unit=str(entry.get("unit") or ""),
        given=from_iso(str(entry["given_at"])),
        answer=str(entry.get("answer") or ""),
    )
