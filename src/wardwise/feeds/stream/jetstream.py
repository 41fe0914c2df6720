"""A stream of NATS JetStream, pulled through a durable consumer that keeps our place."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NothingCame
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo
from nats.js.errors import NotFoundError

from wardwise.brokers.answering import answering
from wardwise.brokers.nats import CONNECT_SECONDS, client_of, told
from wardwise.brokers.sign_in import Files
from wardwise.errors import Unanswered
from wardwise.feeds.stream.broker import WAIT_SECONDS, Message
from wardwise.sites.stream import Nats

_BUDGET = 32 * 1024 * 1024  # bytes that may be on the way to us
_MOST_AT_ONCE = 500
_REQUEST_SECONDS = 5.0
_ACK_SECONDS = 10.0  # after which the broker gives a message again that was not settled
_GOODBYE_SECONDS = 2.0


@dataclass(slots=True)
class JetStream:
    """`consumer` keeps our place where the site names none."""

    at: Nats
    consumer: str
    files: Files
    name: str = "nats"
    _connection: Client | None = None
    _pull: JetStreamContext.PullSubscription | None = None
    _given: list[Msg] = field(default_factory=list)
    _missed: str = ""

    async def open(self) -> Sequence[Message]:
        """Connect to the durable consumer, making it where there is none; returns what was deleted unread."""
        self._given = []
        async with answering("a connection", 2 * CONNECT_SECONDS, NatsError):
            how = told(self.at, self.files)
            self._connection = client_of(self.at)  # let go of, too, when it is only half made
            await self._connection.connect(**how)
        async with answering("its consumer", 4 * _REQUEST_SECONDS, NatsError):
            context = self._connection.jetstream(timeout=_REQUEST_SECONDS)
            info = await self._consumer(context)
            self._pull = await context.pull_subscribe_bind(durable=self._named, stream=self.at.stream)
            return await self._gone(context, info)

    async def take(self) -> Sequence[Message]:
        """The next messages, also those that were given before and not settled."""
        assert self._pull is not None  # noqa: S101 - whoever takes has opened
        assert self._connection is not None  # noqa: S101
        most = max(1, min(_MOST_AT_ONCE, _BUDGET // max(self._connection.max_payload, 1)))
        async with answering("messages", _REQUEST_SECONDS, NatsError):
            if not self._connection.is_connected:
                raise ConnectionResetError
            try:
                self._given = await self._pull.fetch(most, timeout=WAIT_SECONDS)
            except NothingCame:
                self._given = []
        return [_message(each) for each in self._given]

    async def settle(self) -> None:
        """Acknowledge what was given last."""
        assert self._connection is not None  # noqa: S101 - whoever settles has opened
        async with answering("that it noted our place", _REQUEST_SECONDS, NatsError):
            for each in self._given:
                await each.ack()
            await self._connection.flush(timeout=round(_REQUEST_SECONDS))
        self._given = []

    async def close(self) -> None:
        """Let go of the connection; what was not settled is handed back, to be given again at once."""
        connection, self._connection, self._pull = self._connection, None, None
        given, self._given = self._given, []
        if connection is not None:
            with suppress(NatsError, OSError, TimeoutError):
                await asyncio.wait_for(_goodbye(connection, given), _GOODBYE_SECONDS)

    @property
    def _named(self) -> str:
        return self.at.consumer or self.consumer

    async def _consumer(self, context: JetStreamContext) -> ConsumerInfo:
        """The durable consumer; raises Unanswered for one that somebody made so that messages could be lost."""
        try:
            info: ConsumerInfo = await context.consumer_info(self.at.stream, self._named)
        except NotFoundError:
            wanted = ConsumerConfig(
                name=self._named,
                durable_name=self._named,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=_ACK_SECONDS,
                max_deliver=-1,
                max_ack_pending=2 * _MOST_AT_ONCE,
                filter_subject=self.at.subject,
            )
            info = await self._added(context, wanted)
        unfit = next(_unfit(info.config, self.at.subject), None)
        if unfit is not None:
            raise Unanswered(what="its consumer", why=f"the consumer {self._named} {unfit}")
        return info

    async def _added(self, context: JetStreamContext, wanted: ConsumerConfig) -> ConsumerInfo:
        try:
            made: ConsumerInfo = await context.add_consumer(self.at.stream, config=wanted)
        except NotFoundError:
            raise Unanswered(what="its consumer", why=f"it has no stream {self.at.stream}") from None
        return made

    async def _gone(self, context: JetStreamContext, info: ConsumerInfo) -> list[Message]:
        """What was deleted since we last read. Where a stream has other subjects too, nobody can tell whose it was."""
        stream = await context.stream_info(self.at.stream)
        whole = self.at.subject == ">" or stream.config.subjects == [self.at.subject]
        read = info.ack_floor.stream_seq if info.ack_floor is not None else 0
        place = f"{self.at.stream}@{read + 1}-{stream.state.first_seq - 1}"
        if not (whole and read) or read + 1 >= stream.state.first_seq or place == self._missed:
            return []
        self._missed = place
        return [Message(place, b"", f"messages were deleted by the broker before they were read: {place}")]


async def _goodbye(connection: Client, given: Sequence[Msg]) -> None:
    try:
        for each in given:
            await each.nak()
    finally:
        await connection.close()


def _unfit(config: ConsumerConfig, subject: str) -> Iterator[str]:
    """Why a consumer that was made by somebody else cannot be used, in a few words."""
    if config.ack_policy != AckPolicy.EXPLICIT:
        yield "does not wait for acknowledgements: make it with `explicit`"
    if (config.max_deliver or -1) > 0:
        yield "gives up after some deliveries: make it with `max_deliver` -1"
    if config.headers_only:
        yield "gives headers only: make it without"
    if config.deliver_subject:
        yield "pushes: make it a pull consumer"
    reads = {*(config.filter_subjects or ()), config.filter_subject or ">"}
    if subject not in reads or len(reads) > 1 + (">" in reads):
        yield "reads other subjects than the feed: name it otherwise, or make it anew"


def _message(given: Msg) -> Message:
    of = given.metadata
    return Message(f"{of.stream}@{of.sequence.stream}", given.data)
