"""The poller over TLS, with real sockets: whose certificate is believed, and that nothing is asked of any other."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.feeds.certificates import Authority
from tests.feeds.fhir.test_same_stay import HAND_MADE
from tests.feeds.fhir.told_stays import encounter

from wardwise.feeds.fhir.refusal import Refused
from wardwise.feeds.fhir.server import connect
from wardwise.feeds.fhir.sign_in import Bearer

Shown = tuple[Path, Path]


@contextmanager
def serving(shown: Shown) -> Iterator[tuple[str, list[str]]]:
    """A server of one stay with a certificate; what it was asked with."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Authorization"])
            entry = [{"resource": encounter(HAND_MADE)}]
            body = json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entry}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that does not believe the certificate hangs up."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*shown)
    with Quiet(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_address[1]}/r4", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.make(tmp_path, "hospital-ca")


def ask(url: str, anchor: Path | None) -> int:
    server = connect(url, Bearer(lambda: "secret"), authority=anchor)
    try:
        return len(list(server.search("Encounter", {})))
    finally:
        server.close()


def test_a_server_with_a_certificate_of_the_hospitals_own_authority_is_asked(authority: Authority) -> None:
    with serving(authority.sign("fhir")) as (url, asked):
        assert ask(url, authority.file) == 1
    assert asked == ["Bearer secret"]


STRANGE: list[tuple[str, Callable[[Authority, Path], tuple[Shown, Path | None]]]] = [
    ("nobody we know", lambda ours, _: (ours.sign("fhir"), None)),
    ("nobody we know: name", lambda ours, folder: (Authority.make(folder, "other-ca").sign("fhir"), ours.file)),
    ("another host", lambda ours, _: (ours.sign("fhir", address="127.0.0.2"), ours.file)),
    ("has ended", lambda ours, _: (ours.sign("fhir", days=-1), ours.file)),
]


@pytest.mark.parametrize(("why", "strange"), STRANGE, ids=["unknown", "other authority", "wrong host", "expired"])
def test_a_certificate_that_is_not_to_be_believed_is_a_refusal_and_gets_no_token(
    authority: Authority, tmp_path: Path, why: str, strange: Callable[[Authority, Path], tuple[Shown, Path | None]]
) -> None:
    shown, anchor = strange(authority, tmp_path)
    with serving(shown) as (url, asked):
        with pytest.raises(Refused, match=why) as caught:
            ask(url, anchor)
        assert asked == []
    assert url not in str(caught.value)
