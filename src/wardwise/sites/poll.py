"""How a FHIR server is asked again and again: where it is, what for, how often, and how we say who we are."""

import re
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from wardwise.sites.broken import Problem, wrong
from wardwise.sites.fhir_mapping import TypeName
from wardwise.sites.fields import Port, Text
from wardwise.sites.this_machine import is_this_machine

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?"
)


class Algorithm(StrEnum):
    """How a client signs its assertions; SMART knows these two."""

    ES384 = "ES384"
    RS384 = "RS384"


def _url(text: str) -> str:
    parts = _ADDRESS.fullmatch(text)
    if parts is None or (parts["scheme"] == "http" and not is_this_machine(parts["host"])):
        raise wrong("is not the address of a server", "Write `https://host/path`; http is for this machine alone")
    return text.rstrip("/")


Url = Annotated[str, Field(max_length=400), AfterValidator(_url)]


class Client(BaseModel, frozen=True, extra="forbid"):
    """SMART Backend Services: `key` is a file with the private key (PEM) that the server knows the public part of."""

    id: Text = Field(description="the client id the server gave")
    token_url: Url = Field(description="where access tokens are given")
    key: Text = Field(description="the file of the private key, PEM")
    key_id: Text = Field(description="the `kid` under which the server knows the key")
    algorithm: Algorithm = Algorithm.ES384
    scope: Text = "system/*.read"


class Hook(BaseModel, frozen=True, extra="forbid"):
    """Where the server may call (on this machine; TLS is a proxy's): the subscription's channel has
    `Authorization: Bearer ...` as its header, with the token of the file.
    """

    port: Port = Field(description="a port of this machine")
    token: Text = Field(description="the file of the token that callers show")


class Poll(BaseModel, frozen=True, extra="forbid"):
    """A server and what it is asked for.

    Each type is asked for what was recorded since the last answer, less `overlap_seconds`: a server may record what
    it began earlier. `since` is where the first question begins. `authority` is a file of certificates (PEM) where the
    server's is not signed by a public one. `history` asks for the history of each type (`_history`), which tells of
    deletions too; without it a search is made. `client`, or `token` (a file with a bearer token), or neither.
    `hook` lets the server say when something is new.
    """

    url: Url = Field(description="the server, such as https://fhir.example/r4")
    types: Annotated[tuple[TypeName, ...], Field(min_length=1, description="types of resources, such as Encounter")]
    every_seconds: Annotated[int, Field(ge=1, le=86_400)] = 30
    overlap_seconds: Annotated[int, Field(ge=0, le=86_400)] = 60
    page: Annotated[int, Field(ge=1, le=200)] = 100
    history: bool = False
    since: Annotated[datetime, Field(description="a time with its offset, such as 2026-03-01T00:00:00Z")]
    client: Client | None = None
    token: Text | None = None
    authority: Text | None = None
    hook: Hook | None = None

    def problems(self) -> Iterator[Problem]:
        """Two ways to say who we are, or a beginning without an offset."""
        if self.client is not None and self.token is not None:
            yield Problem(("token",), "stands beside `client`", "Keep one of the two")
        if self.since.tzinfo is None:
            yield Problem(("since",), "has no offset from UTC", "Write it as `2026-03-01T00:00:00Z`")
