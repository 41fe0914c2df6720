"""How a stream of messages is read: the broker, what of it, and how we say who we are.

Files named here are absolute or below the site's folder; each is read anew whenever a connection is made. A broker is
on this machine, or it is spoken to over TLS.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from wardwise.sites.broken import Problem, wrong
from wardwise.sites.fields import Text
from wardwise.sites.this_machine import is_this_machine

_SERVER = re.compile(r"(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):(?P<port>[0-9]{1,5})")
_LAST_PORT = 65_535
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,200}")
_SUBJECT = re.compile(r"([^\s.*>]+|\*)(\.([^\s.*>]+|\*))*(\.>)?|>")


def _server(text: str) -> str:
    parts = _SERVER.fullmatch(text)
    if parts is None or not 1 <= int(parts["port"]) <= _LAST_PORT:
        raise wrong("is not the address of a broker", "Write `host:port`, no scheme and no user")
    return text


def _topic(text: str) -> str:
    if not _TOPIC.fullmatch(text):
        raise wrong(f"`{text[:60]}` cannot be a topic or a group", "Use letters, digits, dots, hyphens and underscores")
    return text


def _token(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise wrong(f"`{text[:60]}` cannot be a stream or a consumer", "Use letters, digits, hyphens and underscores")
    return text


def _subject(text: str) -> str:
    if not _SUBJECT.fullmatch(text):
        raise wrong(f"`{text[:60]}` is not a subject", "Write it as `hospital.adt`, `hospital.*` or `hospital.>`")
    return text


Server = Annotated[str, AfterValidator(_server)]
Servers = Annotated[tuple[Server, ...], Field(min_length=1, max_length=20, description="brokers as host:port")]
Topic = Annotated[str, AfterValidator(_topic)]
Token = Annotated[str, AfterValidator(_token)]
Subject = Annotated[str, AfterValidator(_subject)]


class ClientTls(BaseModel, frozen=True, extra="forbid"):
    """Files in PEM form. `authority` signs the broker's certificate where no public one does; `certificate` and `key`
    are ours, where the broker asks for them.
    """

    authority: Text | None = None
    certificate: Text | None = None
    key: Text | None = None

    def problems(self) -> Iterator[Problem]:
        """One of certificate and key without the other."""
        if (self.certificate is None) != (self.key is None):
            missing = "key" if self.key is None else "certificate"
            yield Problem((missing,), "is missing beside the other of the two", "Give both, or neither")


class Mechanism(StrEnum):
    """How a user and a password are shown to Kafka (SASL)."""

    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"


class Kafka(BaseModel, frozen=True, extra="forbid"):
    """A topic of Kafka, or of what speaks its protocol. `password` is a file. Our offsets are kept under `group`, which
    is named after the site and the feed when left out.
    """

    servers: Servers
    topic: Topic = Field(description="the topic that holds the messages")
    group: Topic | None = None
    tls: ClientTls | None = None
    user: Text | None = None
    password: Text | None = None
    mechanism: Mechanism = Mechanism.SCRAM_SHA_512

    def problems(self) -> Iterator[Problem]:
        """A broker elsewhere without TLS, or a user without a password."""
        yield from _common(self.servers, self.tls)
        if (self.user is None) != (self.password is None):
            missing = "password" if self.password is None else "user"
            yield Problem((missing,), "is missing beside the other of the two", "Give both, or neither")


class Nats(BaseModel, frozen=True, extra="forbid"):
    """A stream of NATS JetStream. `subject` says which of its messages, all when left out; `consumer` is the durable
    consumer that keeps our place, made when it is not there and named after the site and the feed when left out.
    We say who we are by `credentials` (a .creds file), or by `user` and `password` (a file), or by `token` (a file).
    """

    servers: Servers
    stream: Token = Field(description="the stream that holds the messages")
    subject: Subject = ">"
    consumer: Token | None = None
    tls: ClientTls | None = None
    credentials: Text | None = None
    user: Text | None = None
    password: Text | None = None
    token: Text | None = None

    def problems(self) -> Iterator[Problem]:
        """A broker elsewhere without TLS, a user without a password, or several ways to say who we are."""
        yield from _common(self.servers, self.tls)
        if (self.user is None) != (self.password is None):
            missing = "password" if self.password is None else "user"
            yield Problem((missing,), "is missing beside the other of the two", "Give both, or neither")
        given = [name for name in ("credentials", "user", "token") if getattr(self, name) is not None]
        if len(given) > 1:
            yield Problem((given[1],), f"stands beside `{given[0]}`", "Keep one way to say who we are")


class Stream(BaseModel, frozen=True, extra="forbid"):
    """Where a feed's messages come from: one of the two."""

    kafka: Kafka | None = None
    nats: Nats | None = None

    def problems(self) -> Iterator[Problem]:
        """None or both, and what is wrong with either."""
        if (self.kafka is None) == (self.nats is None):
            yield Problem((), "needs one of `kafka` and `nats`", "Give where the messages come from, once")
        if self.kafka is not None:
            yield from (problem.under("kafka") for problem in self.kafka.problems())
        if self.nats is not None:
            yield from (problem.under("nats") for problem in self.nats.problems())

    def place(self, named: str) -> tuple[str, ...]:
        """What two feeds must not share, since each would get a part; `named` is the name when none is written."""
        if self.kafka is not None:
            return ("kafka", *sorted(self.kafka.servers), self.kafka.topic, self.kafka.group or named)
        if self.nats is not None:
            return ("nats", *sorted(self.nats.servers), self.nats.stream, self.nats.consumer or named)
        return ()


def _common(servers: tuple[str, ...], tls: ClientTls | None) -> Iterator[Problem]:
    if tls is not None:
        yield from (problem.under("tls") for problem in tls.problems())
        return
    for index, server in enumerate(servers):
        if not is_this_machine(server.rpartition(":")[0]):
            remedy = "Add `tls: {}`, with `authority` where the broker's certificate is the hospital's own"
            yield Problem(("servers", index), "is not this machine, and nothing would be encrypted on the way", remedy)
