"""How we say who we are to a FHIR server: not at all, by a bearer token, or by SMART Backend Services."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import httpx
import jwt

from wardwise.feeds.fhir.refusal import Refused, failure_of, refusal_of
from wardwise.hospital.clock import Clock
from wardwise.sites.poll import Client
from wardwise.sites.secrecy import exposure

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LASTS_SECONDS = 240  # an assertion may live five minutes at most
_EARLY_SECONDS = 30  # a token is renewed so long before it ends
_DEFAULT_SECONDS = 300


def secret_in(file: Path) -> str:
    """What a file of ours holds; raises Refused where it cannot be read, and where others may read it too."""
    if why := exposure(file):
        raise Refused(what="an answer", why=why, wait=None)
    try:
        return file.read_text("utf-8")
    except (OSError, ValueError) as fault:
        why = f"our own file {file.name} cannot be read ({type(fault).__name__})"
        raise Refused(what="an answer", why=why, wait=None) from None


class SignIn(Protocol):
    """Gives the header of a request."""

    def header(self, http: httpx.Client) -> dict[str, str]:
        """The Authorization header, an empty mapping where there is none; raises Refused."""
        ...

    def forget(self) -> None:
        """The server did not take the last header."""
        ...


class Bearer:
    """A token from a file, read anew each time; no file: no header."""

    def __init__(self, token: Callable[[], str] | None) -> None:
        """`token` reads the file."""
        self._token = token

    def header(self, http: httpx.Client) -> dict[str, str]:  # noqa: ARG002 - the protocol's; nobody is asked
        """The header with the token of now."""
        return {"Authorization": f"Bearer {self._token().strip()}"} if self._token else {}

    def forget(self) -> None:
        """The file is read anew anyway."""


class Backend:
    """Access tokens for signed assertions (private_key_jwt), each used until shortly before its end."""

    def __init__(self, client: Client, key: Callable[[], str], clock: Clock) -> None:
        """`key` reads the private key; it is not kept."""
        self._client, self._key, self._clock = client, key, clock
        self._token = ""
        self._ends = 0.0

    def header(self, http: httpx.Client) -> dict[str, str]:
        """The header with an access token that is still good."""
        if not self._token or self._clock.elapsed() >= self._ends:
            self._token, lasts = self._ask(http)
            self._ends = self._clock.elapsed() + max(lasts - _EARLY_SECONDS, 1)
        return {"Authorization": f"Bearer {self._token}"}

    def forget(self) -> None:
        """Ask for another token next time."""
        self._token = ""

    def _ask(self, http: httpx.Client) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "scope": self._client.scope,
            "client_assertion_type": _ASSERTION,
            "client_assertion": self._assertion(),
        }
        try:
            answer = http.post(self._client.token_url, data=form)
        except httpx.HTTPError as fault:
            raise failure_of(fault, "an access token") from None
        if answer.status_code != httpx.codes.OK:
            raise refusal_of(answer, "an access token")
        try:
            content = answer.json()
            return str(content["access_token"]), float(content.get("expires_in", _DEFAULT_SECONDS))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Refused(what="an access token", why="the answer holds none", wait=None) from None

    def _assertion(self) -> str:
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": self._client.id,
            "sub": self._client.id,
            "aud": self._client.token_url,
            "iat": now,
            "exp": now + _LASTS_SECONDS,
            "jti": secrets.token_urlsafe(24),
        }
        headers = {"kid": self._client.key_id}
        try:
            return jwt.encode(claims, self._key(), algorithm=self._client.algorithm.value, headers=headers)
        except (ValueError, TypeError, OSError, jwt.PyJWTError):
            why = f"the private key cannot be used with {self._client.algorithm.value}"
            raise Refused(what="an access token", why=why, wait=None) from None
