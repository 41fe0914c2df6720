"""What a door makes of a frame: bytes to store, and what to say once they are safe. No socket, no store."""

from dataclasses import dataclass
from datetime import datetime

from wardwise.feeds.hl7v2.acknowledge import Fault, Outcome, Reply, acknowledge
from wardwise.feeds.hl7v2.address import Address
from wardwise.feeds.hl7v2.batch import is_batch, split
from wardwise.feeds.hl7v2.errors import HL7Error
from wardwise.feeds.hl7v2.framing import CLOSE, OPEN, Frame, Problem
from wardwise.feeds.hl7v2.message import Message
from wardwise.feeds.hl7v2.routing import UNKNOWN, Routing
from wardwise.loop.capture.inbox import Arrival, Receipt

_CONTROL_ID = Address.parse("MSH-10")
_BOOKKEEPING = 512
_NEVER_ANSWERED = frozenset({Problem.JUNK})

_REFUSALS = {
    Problem.JUNK: "bytes between frames",
    Problem.UNFRAMED: "a message without its frame; send VT before and FS CR after it",
    Problem.EMPTY: "an empty frame",
    Problem.TRUNCATED: "a frame without its end; send FS CR after each message",
    Problem.TOO_LARGE: "a frame over the size limit of this door",
}


@dataclass(frozen=True, slots=True)
class Received:
    """One message or fragment as it came in; `answered` is False for what no sender waits on."""

    arrival: Arrival
    answered: bool = True

    @property
    def weight(self) -> int:
        """Bytes it takes in memory while it waits, about: an empty frame weighs something too."""
        return len(self.arrival.body) + _BOOKKEEPING


@dataclass(frozen=True, slots=True)
class Reception:
    """Turns the frames of one listener into arrivals."""

    site: str
    listener: str
    routing: Routing

    def receive(self, frame: Frame, at: datetime) -> list[Received]:
        """The arrivals of a frame: one, or one per message of a batch."""
        if frame.problem in _REFUSALS:
            refused = self._arrival(frame.body, at, refusal=_REFUSALS[frame.problem])
            return [Received(refused, answered=frame.problem not in _NEVER_ANSWERED)]
        if is_batch(frame.body):
            messages = split(frame.body).messages
            if messages:
                return [Received(self._message(body, at)) for body in messages]
        return [Received(self._message(frame.body, at))]

    def _message(self, body: bytes, at: datetime) -> Arrival:
        try:
            message = Message.parse(body)
        except HL7Error as error:
            return self._arrival(body, at, refusal=str(error))
        control_id = message.text(_CONTROL_ID)
        if not control_id:
            return self._arrival(body, at, refusal="MSH-10 is empty; a message needs its control id to be answered")
        return self._arrival(body, at, source=self.routing.source(message), control_id=control_id)

    def _arrival(
        self, body: bytes, at: datetime, *, source: str = UNKNOWN, control_id: str = "", refusal: str = ""
    ) -> Arrival:
        return Arrival(
            site=self.site,
            source=source,
            listener=self.listener,
            control_id=control_id,
            body=body,
            received_at=at,
            refusal=refusal,
        )


def answer(received: Received, receipt: Receipt, *, at: datetime, control_id: str) -> bytes:
    """The framed acknowledgement of something stored; empty where none is wanted."""
    if not received.answered:
        return b""
    if receipt is Receipt.REFUSED:
        reply = Reply(Outcome.REFUSED, _fault(received.arrival), received.arrival.refusal)
    else:
        reply = Reply(Outcome.ACCEPTED)
    return _framed(acknowledge(received.arrival.body, reply, now=at, control_id=control_id))


def try_again(received: Received, *, at: datetime, control_id: str) -> bytes:
    """The framed answer when the store would not take it: the sender keeps the message and sends it again."""
    if not received.answered:
        return b""
    reply = Reply(Outcome.TRY_AGAIN, Fault.INTERNAL, "the store does not take messages now; send this one again")
    return _framed(acknowledge(received.arrival.body, reply, now=at, control_id=control_id))


def door_full(body: bytes, *, at: datetime, control_id: str) -> bytes:
    """The framed answer to a message on one connection too many: it is not stored."""
    reply = Reply(Outcome.REFUSED, Fault.INTERNAL, "the door is full: too many connections; close one, then send again")
    return _framed(acknowledge(body, reply, now=at, control_id=control_id))


def _fault(arrival: Arrival) -> Fault:
    return Fault.REQUIRED_FIELD if arrival.refusal.startswith("MSH-10") else Fault.DATA_TYPE


def _framed(message: bytes | None) -> bytes:
    return b"" if message is None else OPEN + message + CLOSE
