"""What leaves by streams: which kinds of event go to which subject or topic, and who answers for it."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from wardwise.sites.broken import Problem
from wardwise.sites.fields import Slug, Text
from wardwise.sites.stream import Kafka, Nats, Stream
from wardwise.sites.this_machine import is_this_machine

_REST, _ONE = ">", "*"


class Published(StrEnum):
    """What wardwise itself concludes, and what people make of it. Facts are their sources' own to publish."""

    PREDICTION = "prediction.made"
    ADVICE = "advice.given"
    ADVICE_ENDED = "advice.ended"
    RESPONSE = "response.given"
    OUTCOME = "outcome.measured"
    TIER = "tier.changed"
    MODE = "mode.changed"
    SILENCE = "feed.silent"
    INCIDENT = "incident.opened"


class Begin(StrEnum):
    """Where a stream begins that has no place yet: with what is recorded from now on, or with the first event."""

    NOW = "now"
    BEGINNING = "beginning"


class Publish(BaseModel, frozen=True, extra="forbid"):
    """One stream that is published to. Its place in the log is kept under its name."""

    name: Slug = Field(description="a short name in lower case, such as engine")
    kinds: Annotated[tuple[Published, ...], Field(min_length=1, description="the kinds of event that go out")]
    begin: Begin = Field(default=Begin.NOW, alias="from")
    stream: Stream = Field(description="`nats` or `kafka`: where it goes")
    owner: Text = Field(description="who answers for the stream and looks after its troubles")

    def problems(self) -> Iterator[Problem]:
        """A kind that stands twice, what only a reader has, or a subject that is not one."""
        for index, kind in enumerate(self.kinds):
            if kind in self.kinds[:index]:
                yield Problem(("kinds", index), f"`{kind}` stands twice", "Remove one of the two")
        yield from (problem.under("stream") for problem in self._streaming())

    def _streaming(self) -> Iterator[Problem]:
        yield from self.stream.problems()
        kafka, nats = self.stream.kafka, self.stream.nats
        if kafka is not None and kafka.group is not None:
            yield Problem(("kafka", "group"), "is of no use to a stream that is published to", "Remove `group`")
        if nats is not None and nats.consumer is not None:
            yield Problem(("nats", "consumer"), "is of no use to a stream that is published to", "Remove `consumer`")
        if nats is not None and {_REST, _ONE}.intersection(nats.subject.split(".")):
            what = "must name one subject, since a message has one"
            yield Problem(("nats", "subject"), what, "Write it as `hospital.wardwise`")

    def clash(self, other: "Publish") -> Problem | None:
        """Why both cannot be published beside each other: one place, or a stream that would keep one of two copies."""
        where, there = self.stream, other.stream
        one = False
        if where.kafka is not None and there.kafka is not None:
            one = _one_broker(where.kafka, there.kafka) and where.kafka.topic == there.kafka.topic
        elif where.nats is not None and there.nats is not None:
            one = _one_broker(where.nats, there.nats) and where.nats.stream == there.nats.stream
            both = sorted(set(self.kinds).intersection(other.kinds))
            if one and where.nats.subject != there.nats.subject:
                what = f"keeps one copy of an event, and `{both[0]}` goes there from `{other.name}`" if both else ""
                remedy = "Publish to another stream of JetStream, or choose other kinds"
                return Problem(("stream", "nats", "stream"), what, remedy) if both else None
        what = f"is where `{other.name}` publishes"
        return Problem(("stream",), what, "Put the kinds of both into one entry") if one else None


def comes_back(out: Stream, read: Stream) -> bool:
    """Whether what goes out on one stream would be read from the other."""
    if out.kafka is not None and read.kafka is not None:
        return _one_broker(out.kafka, read.kafka) and out.kafka.topic == read.kafka.topic
    if out.nats is not None and read.nats is not None:
        same = _one_broker(out.nats, read.nats) and out.nats.stream == read.nats.stream
        return same and _reads(read.nats.subject.split("."), out.nats.subject.split("."))
    return False


def _one_broker(one: Kafka | Nats, other: Kafka | Nats) -> bool:
    return not {_named(server) for server in one.servers}.isdisjoint(_named(server) for server in other.servers)


def _named(server: str) -> tuple[str, str]:
    host, _, port = server.lower().rpartition(":")
    return "" if is_this_machine(host) else host, port


def _reads(pattern: list[str], subject: list[str]) -> bool:
    if pattern[-1] == _REST:
        head = pattern[:-1]
        return len(subject) > len(head) and _reads([*head, "end"], [*subject[: len(head)], "end"])
    return len(pattern) == len(subject) and all(
        part in (_ONE, word) for part, word in zip(pattern, subject, strict=True)
    )
