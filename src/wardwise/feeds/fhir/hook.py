"""The rest-hook of R4-backport subscriptions: a notification is a reason to ask the server now.

What it carries is not read: the server is asked from the cursor on, with what resources refer to. So a notification
that never came, came twice or was forged loses and invents nothing. Who calls is asked before the body is read.
"""

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import uvicorn

from wardwise.feeds.fhir.document import read_resource
from wardwise.feeds.fhir.limits import STANDARD
from wardwise.feeds.fhir.notification import Counted, notification_of
from wardwise.feeds.fhir.refusal import Refused
from wardwise.feeds.mapped.trouble import Unreadable

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]

_QUIET = frozenset({"handshake", "heartbeat"})


@dataclass(slots=True)
class Hook:
    """An ASGI application for one feed. `token` reads the bearer token that the subscription's header carries, or
    raises Refused.
    """

    feed: str
    token: Callable[[], str]
    hurry: Callable[[], None]
    say: Callable[[str], None]
    _counted: Counted = field(default_factory=Counted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing but its status."""
        if scope["type"] == "http":
            status = await self._status(scope, receive)
            head = {"type": "http.response.start", "status": int(status), "headers": [(b"content-length", b"0")]}
            await send(head)
            await send({"type": "http.response.body", "body": b""})

    async def _status(self, scope: Scope, receive: Receive) -> HTTPStatus:
        given = dict(scope["headers"]).get(b"authorization", b"")
        try:
            token = self.token().strip()
        except Refused as refused:
            self.say(f"feed {self.feed}: nobody may call: {refused.facts['why']}")
            return HTTPStatus.SERVICE_UNAVAILABLE
        if not hmac.compare_digest(given, f"Bearer {token}".encode()):
            return HTTPStatus.UNAUTHORIZED
        if scope["method"] != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        body = await _body(receive)
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if body is None else self._heard(body)

    def _heard(self, body: bytes) -> HTTPStatus:
        try:
            told = notification_of(read_resource(body))
        except Unreadable:
            return HTTPStatus.BAD_REQUEST
        if told is None:
            return HTTPStatus.UNPROCESSABLE_ENTITY
        gap = self._counted.gap(told)
        if gap is not None:
            self.say(f"feed {self.feed}: events {gap[0]} to {gap[1]} of a subscription never came; the server is asked")
        if gap is not None or told.sort not in _QUIET:
            self.hurry()
        return HTTPStatus.OK


def listen(hook: Hook, port: int) -> None:
    """Serve the hook on loopback until the process ends; SystemExit for a port that is taken."""
    uvicorn.run(hook, host="127.0.0.1", port=port, log_level="critical", access_log=False, lifespan="off")


async def _body(receive: Receive) -> bytes | None:
    """The whole body, None for one that is too large."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > STANDARD.size:
            return None
        if not message.get("more_body", False):
            return bytes(body)
