"""What stands around every answer: the security headers, the host's name, and limits on what is sent in."""

from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wardwise.surfaces.web.doorway import Doorway
from wardwise.surfaces.web.strings import say

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
JSON_LIMIT = 2 * 1024 * 1024
FORM_LIMIT = 64 * 1024
_HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    # Not no-referrer: that makes the browser send `Origin: null` with a form, and the check of origins needs it.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def mark(answer: Response) -> Response:
    """An answer made outside this middleware, with its headers."""
    answer.headers.update({**_HEADERS, "cache-control": "no-store"})
    return answer


class TooLarge(Exception):
    """More was sent than the door takes."""


class Protect:
    """ASGI middleware; streams pass through it untouched but for their headers."""

    def __init__(self, app: ASGIApp, doorway: Doorway) -> None:
        """Stand around an application."""
        self._app = app
        self._doorway = doorway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400 to a name that is not ours and 413 to a body over the limit; mark every answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        marked = _marking(send, static=scope["path"].startswith("/static/"))
        limit = limit_of(headers)
        if not self._doorway.knows(headers.get("host", "")):
            await _plain(say("error.host"), HTTPStatus.BAD_REQUEST)(scope, receive, marked)
        elif _declared(headers) > limit:
            await _plain(say("error.too_large"), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)(scope, receive, marked)
        else:
            await self._within(limit, scope, receive, marked)

    async def _within(self, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, _counting(receive, limit), send)
        except TooLarge:
            await _plain(say("error.too_large"), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)(scope, receive, send)


def limit_of(headers: Headers) -> int:
    """Bytes a request may carry, by its content type."""
    return JSON_LIMIT if headers.get("content-type", "").startswith("application/json") else FORM_LIMIT


def same_origin(request: Request) -> bool:
    """Whether a request that changes something comes from one of our own pages; one that does not say is refused."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site") == "same-origin"
    scheme, _, host = origin.partition("://")
    return scheme in {"http", "https"} and host == request.headers.get("host")


def _declared(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isdecimal() and len(length) < 19 else JSON_LIMIT + 1


def _counting(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise TooLarge
        return message

    return counted


def _marking(send: Send, *, static: bool) -> Send:
    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers["cache-control"] = "no-cache" if static else "no-store"
        await send(message)

    return marked


def _plain(text: str, status: HTTPStatus) -> PlainTextResponse:
    return PlainTextResponse(text, status_code=status)
