"""A FHIR server over HTTP: pages of a search, and single resources that are asked for again only when they changed."""

import contextlib
import logging
import shutil
import ssl
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from wardwise.feeds.fhir.document import Resource, objects, read_resource, text
from wardwise.feeds.fhir.limits import STANDARD
from wardwise.feeds.fhir.refusal import Refused, failure_of, refusal_of
from wardwise.feeds.fhir.sign_in import SignIn
from wardwise.feeds.mapped.trouble import Unreadable

_ACCEPT = "application/fhir+json"
_MOST_PAGES = 10_000
_REMEMBERED = 5_000
_LARGEST = STANDARD.size // 2  # what it refers to is stored beside it
_TIMEOUT_SECONDS = 30.0
_SPARE_BYTES = 256 * 1024 * 1024  # of the disk, which may be the log's as well: a file may unpack to any size
_LOOK_EVERY = 64  # parts of a file


@dataclass(frozen=True, slots=True)
class Page:
    """An answer as it came, and what it says."""

    body: bytes
    content: Resource


class Server:
    """One server. Not safe for threads."""

    def __init__(self, url: str, http: httpx.Client, sign_in: SignIn) -> None:
        """`http` has its own time-outs and certificates, and follows no redirect: a token goes to one server."""
        self._url, self._http, self._sign_in = url, http, sign_in
        self._known: OrderedDict[str, tuple[str, Page]] = OrderedDict()

    def search(self, kind: str, parameters: Mapping[str, str]) -> Iterator[Page]:
        """Every page of a search; raises Refused for a page that does not come, and for pages that never end."""
        what = f"a page of {kind}"
        page = self._page(f"{self._url}/{kind}", what, parameters)
        seen: set[str] = set()
        while True:
            yield page
            following = _next(page.content)
            if not following:
                return
            address = self._here(following)
            if address in seen or len(seen) >= _MOST_PAGES:
                raise Refused(what=what, why="its pages lead in a circle or do not end", wait=None)
            seen.add(address)
            page = self._page(address, what)

    def read(self, name: str) -> Page | None:
        """The resource `Type/id`; None where the server has none or does not show it. Raises Refused."""
        tag, known = self._known.get(name, ("", None))
        answer = self._get(f"{self._url}/{name}", headers={"If-None-Match": tag} if tag else {})
        if answer.status_code == httpx.codes.NOT_MODIFIED and known is not None:
            self._known.move_to_end(name)
            return known
        if answer.status_code in {httpx.codes.NOT_FOUND, httpx.codes.GONE, httpx.codes.FORBIDDEN}:
            return None
        page = _read(answer, f"a {name.partition('/')[0]}")
        if fresh := answer.headers.get("ETag", ""):
            self._known[name] = fresh, page
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return page

    def close(self) -> None:
        """Let go of its connections."""
        self._http.close()

    def answer(
        self, address: str, parameters: Mapping[str, str] | None = None, *, headers: Mapping[str, str]
    ) -> httpx.Response:
        """The answer to a question of another form, by this server and no other. Raises Refused."""
        return self._get(self._here(address), parameters, headers=headers)

    def discard(self, address: str) -> None:
        """Say that something made for us is needed no longer; what comes of it is the server's affair."""
        with contextlib.suppress(Refused):
            self._once(self._here(address), None, {}, method="DELETE")

    def save(self, address: str, file: Path, *, signed: bool) -> int:
        """Store what an address holds in a file, whole or not at all; returns its lines. Raises Refused.

        `signed`: by this server alone, which is told who we are; else from anywhere over https, and nobody is told.
        """
        url = self._here(address) if signed else self._joined(address)
        if not (signed or self._ours(url) or httpx.URL(url).scheme == "https"):
            raise Refused(what="a file", why="its address is neither on this server nor https", wait=None)
        beside = file.with_suffix(".part")
        try:
            lines = self._stored(url, beside, self._sign_in.header(self._http) if signed else {})
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
        return lines

    def _stored(self, url: str, file: Path, who: Mapping[str, str]) -> int:
        try:
            with self._http.stream("GET", url, headers=who) as answer, file.open("wb") as opened:
                if answer.status_code != httpx.codes.OK:
                    raise refusal_of(answer, "a file")
                last = b""
                lines = 0
                for number, part in enumerate(answer.iter_bytes(65_536)):
                    if number % _LOOK_EVERY == 0 and shutil.disk_usage(file.parent).free < _SPARE_BYTES:
                        raise Refused(what="a file", why="the disk here would be full before it ends", wait=None)
                    opened.write(part)
                    lines += part.count(b"\n")
                    last = part[-1:]
                return lines + (last not in {b"", b"\n"})
        except httpx.HTTPError as fault:
            raise failure_of(fault, "a file") from None

    def _here(self, address: str) -> str:
        url = self._joined(address)
        if not self._ours(url):
            raise Refused(what="an answer", why="its address is on another server", wait=None)
        return url

    def _joined(self, address: str) -> str:
        try:
            return str(httpx.URL(f"{self._url}/").join(address))
        except httpx.InvalidURL:
            raise Refused(what="an answer", why="its address is none", wait=None) from None

    def _ours(self, address: str) -> bool:
        one, other = httpx.URL(address), httpx.URL(self._url)
        return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)

    def _page(self, url: str, what: str, parameters: Mapping[str, str] | None = None) -> Page:
        return _read(self._get(url, parameters), what)

    def _get(
        self, url: str, parameters: Mapping[str, str] | None = None, *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        answer = self._once(url, parameters, headers or {})
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._sign_in.forget()
            answer = self._once(url, parameters, headers or {})
        return answer

    def _once(
        self, url: str, parameters: Mapping[str, str] | None, headers: Mapping[str, str], *, method: str = "GET"
    ) -> httpx.Response:
        asked = {"Accept": _ACCEPT, **headers, **self._sign_in.header(self._http)}
        request = self._http.build_request(method, url, params=parameters, headers=asked)
        try:
            answer = self._http.send(request, stream=True)
            try:
                return httpx.Response(answer.status_code, headers=_plain(answer.headers), content=_bounded(answer))
            finally:
                answer.close()
        except httpx.HTTPError as fault:
            raise failure_of(fault, "an answer") from None


def connect(url: str, sign_in: SignIn, *, authority: Path | None = None) -> Server:
    """A server whose certificate is checked, also against an authority of the hospital's own."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # addresses name resources of patients
    trust = ssl.create_default_context()
    if authority is not None:
        trust.load_verify_locations(cafile=authority)
    http = httpx.Client(timeout=_TIMEOUT_SECONDS, verify=trust, follow_redirects=False, trust_env=False)
    return Server(url, http, sign_in)


def _plain(headers: httpx.Headers) -> list[tuple[str, str]]:
    """The headers without those that speak of how the body was packed."""
    return [
        (name, value) for name, value in headers.items() if name.lower() not in {"content-encoding", "content-length"}
    ]


def _bounded(answer: httpx.Response) -> bytes:
    body = bytearray()
    for part in answer.iter_bytes(65_536):
        body += part
        if len(body) > _LARGEST:
            raise Refused(what="an answer", why=f"it is larger than {_LARGEST:,} bytes; lower `page`", wait=None)
    return bytes(body)


def _read(answer: httpx.Response, what: str) -> Page:
    if answer.status_code != httpx.codes.OK:
        raise refusal_of(answer, what)
    try:
        return Page(answer.content, read_resource(answer.content))
    except Unreadable as trouble:
        raise Refused(what=what, why=trouble.quarantine.why, wait=None) from None


def _next(bundle: Resource) -> str:
    links = objects(bundle.get("link"))
    return next((text(link, "url") for link in links if text(link, "relation") == "next"), "")
