"""Publishes to a subject that a stream of NATS JetStream keeps."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from nats.js.errors import APIError, NoStreamResponseError

from wardwise.brokers.answering import answering
from wardwise.brokers.nats import CONNECT_SECONDS, client_of, told
from wardwise.brokers.sign_in import Files
from wardwise.errors import Unanswered
from wardwise.sites.stream import Nats
from wardwise.surfaces.stream.envelope import CONTENT_TYPE
from wardwise.surfaces.stream.outlet import Letter

_ANSWER_SECONDS = 5.0
_GOODBYE_SECONDS = 2.0
_HEADERS_BYTES = 1024  # more than ours are; the server counts them
_TOO_LARGE = 10_054  # JetStream's code for a message larger than its stream takes
_ANOTHER_STREAM = 10_060
_WHAT = "that it stored a message"


@dataclass(slots=True)
class JetStreamOutlet:
    """One message at a time, so that none overtakes another; JetStream drops what it has had by its Nats-Msg-Id."""

    at: Nats
    files: Files
    _connection: Client | None = None

    async def open(self) -> None:
        """Connect; the stream is seen with the first message."""
        async with answering("a connection", 2 * CONNECT_SECONDS, NatsError):
            how = told(self.at, self.files)
            self._connection = client_of(self.at)  # let go of, too, when it is only half made
            await self._connection.connect(**how)

    async def send(self, letter: Letter) -> str:
        """Wait for the stream's own acknowledgement."""
        connection = self._open()
        if len(letter.body) + _HEADERS_BYTES > connection.max_payload:
            return _too_large(letter)
        headers = {"Nats-Msg-Id": letter.id, "content-type": CONTENT_TYPE}
        context = connection.jetstream(timeout=_ANSWER_SECONDS)
        async with answering(_WHAT, _ANSWER_SECONDS, NatsError):
            if not connection.is_connected:  # the library would wait for an answer all the same
                raise ConnectionResetError
            try:
                await context.publish(self.at.subject, letter.body, stream=self.at.stream, headers=headers)
            except MaxPayloadError:
                return _too_large(letter)
            except NoStreamResponseError:
                raise Unanswered(what=_WHAT, why=f"no stream keeps the subject {self.at.subject}") from None
            except APIError as fault:
                return self._refused(letter, fault)
        return ""

    async def look(self) -> None:
        """A connection is seen to be dead within seconds by the library's own pings."""
        async with answering("a sign of life", _ANSWER_SECONDS):
            if not self._open().is_connected:
                raise ConnectionResetError

    async def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(NatsError, OSError, TimeoutError):
                await asyncio.wait_for(connection.close(), _GOODBYE_SECONDS)

    def _open(self) -> Client:
        assert self._connection is not None  # noqa: S101 - whoever sends has opened
        return self._connection

    def _refused(self, letter: Letter, fault: APIError) -> str:
        """Only what hangs on the message is for good; a stream that is full or is another one can be put right."""
        if fault.err_code == _TOO_LARGE:
            return _too_large(letter)
        why = f"it refused (JetStream error {fault.err_code})"
        if fault.err_code == _ANOTHER_STREAM:
            why = f"the subject {self.at.subject} is kept by another stream than {self.at.stream}"
        raise Unanswered(what=_WHAT, why=why) from None


def _too_large(letter: Letter) -> str:
    return f"its {len(letter.body):,} bytes are more than the broker takes"
