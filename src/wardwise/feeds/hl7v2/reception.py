"""What a door makes of a frame: bytes to store, and what to say once they are safe. No socket, no store."""

from dataclasses import dataclass
from datetime import datetime

from wardwise.feeds.hl7v2.acknowledge import ACKNOWLEDGEMENTS, Fault, Outcome, Reply, acknowledge, is_acknowledgement
from wardwise.feeds.hl7v2.address import Address
from wardwise.feeds.hl7v2.batch import excess, is_batch, split
from wardwise.feeds.hl7v2.errors import HL7Error
from wardwise.feeds.hl7v2.framing import CLOSE, OPEN, Frame, Problem
from wardwise.feeds.hl7v2.limits import STANDARD_BATCH, BatchLimits
from wardwise.feeds.hl7v2.message import Message
from wardwise.feeds.hl7v2.peer import Peer
from wardwise.feeds.hl7v2.routing import UNKNOWN, OneFeed, Routing
from wardwise.feeds.hl7v2.strangers import stranger
from wardwise.loop.capture.inbox import Arrival, Receipt

_TYPE = Address.parse("MSH-9.1")
_CONTROL_ID = Address.parse("MSH-10")
_PROCESSING_ID = Address.parse("MSH-11.1")
_LONGEST_CONTROL_ID = 199  # the longest that any version of the standard allows; an answer must repeat it whole
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
    fault: Fault = Fault.DATA_TYPE  # what a refusal is coded as

    @property
    def weight(self) -> int:
        """Bytes it takes in memory while it waits, about: an empty frame weighs something too."""
        return len(self.arrival.body) + _BOOKKEEPING


@dataclass(frozen=True, slots=True)
class Reception:
    """Turns the frames of one listener into arrivals. `batch` is None where a frame is a file of any size.

    Without `answers` nobody waits for one, so that a message needs no control id: it is known again by its bytes alone.
    """

    site: str
    listener: str
    routing: Routing | OneFeed
    batch: BatchLimits | None = STANDARD_BATCH
    answers: bool = True

    def receive(self, frame: Frame, at: datetime, peer: Peer | None = None) -> list[Received]:
        """The arrivals of a frame: one, or one per message of a batch and one for what belonged to none of them.

        A message that names a sender which its `peer` may not speak for is refused; files have no peer.
        """
        if frame.problem in _REFUSALS:
            return [self._misframed(frame, frame.problem, at)]
        if is_batch(frame.body):
            return self._several(frame.body, at, peer)
        return [self._message(frame.body, at, peer)]

    def _misframed(self, frame: Frame, problem: Problem, at: datetime) -> Received:
        what = _REFUSALS[problem]
        if problem is Problem.JUNK:
            what = stranger(frame.body) or what
        if frame.size > len(frame.body):
            what = f"{what} ({frame.size} bytes came, the first {len(frame.body)} are kept)"
        answered = problem not in _NEVER_ANSWERED and not is_acknowledgement(frame.body)
        return self._refused(frame.body, at, what, answered=answered)

    def _several(self, body: bytes, at: datetime, peer: Peer | None) -> list[Received]:
        too_much = excess(body, self.batch) if self.batch else ""
        if too_much:
            return [self._refused(body, at, f"a batch of {too_much}; send it in parts")]
        batch = split(body)
        if not batch.messages:
            return [self._refused(body, at, "a batch without a message")]
        received = [self._message(each, at, peer) for each in batch.messages]
        if batch.left:
            what = f"what belonged to none of the {len(received)} messages of a batch: {', '.join(batch.flags)}"
            received.append(self._refused(batch.left, at, what, answered=False))
        return received

    def _message(self, body: bytes, at: datetime, peer: Peer | None) -> Received:
        try:
            message = Message.parse(body)
        except HL7Error as error:
            return self._refused(body, at, str(error))
        if message.text(_TYPE).encode() in ACKNOWLEDGEMENTS:
            what = "an acknowledgement; this door asks nothing and answers no answer"
            return self._refused(body, at, what, answered=False)
        control_id = message.text(_CONTROL_ID).strip()
        unfit = _unfit(control_id)
        if unfit and self.answers:
            return self._refused(body, at, unfit, fault=Fault.REQUIRED_FIELD)
        return self._routed(message, "" if unfit else control_id, at, peer)

    def _routed(self, message: Message, control_id: str, at: datetime, peer: Peer | None) -> Received:
        feed = self.routing.feed(message)
        bound = feed.identity if feed is not None else None
        if feed is not None and bound is not None and peer is not None and (why := peer.why_not(bound)):
            what = f"the connection may not speak for the sender of the feed {feed.name}: {why}"
            return self._refused(message.body, at, what, fault=Fault.INTERNAL)
        arrival = self._arrival(
            message.body, at, source=feed.name if feed is not None else UNKNOWN, control_id=control_id
        )
        if feed is None or not (wanted := message.text(_PROCESSING_ID)) or wanted in feed.processing:
            return Received(arrival)
        what = "MSH-11 says that the message is none of production; the feed takes what its `processing` lists"
        return self._refused(message.body, at, what, fault=Fault.PROCESSING_ID)

    def _refused(
        self, body: bytes, at: datetime, what: str, *, answered: bool = True, fault: Fault = Fault.DATA_TYPE
    ) -> Received:
        return Received(self._arrival(body, at, refusal=what), answered, fault)

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
        reply = Reply(Outcome.REFUSED, received.fault, received.arrival.refusal)
    else:
        reply = Reply(Outcome.ACCEPTED)
    return _framed(acknowledge(received.arrival.body, reply, now=at, control_id=control_id))


def try_again(received: Received, *, at: datetime, control_id: str, why: str = "") -> bytes:
    """The framed answer when the store would not take it, and why if that is known: the sender is to send it again."""
    if not received.answered:
        return b""
    says = f"the store does not take messages now{f' ({why})' if why else ''}; send this one again"
    reply = Reply(Outcome.TRY_AGAIN, Fault.INTERNAL, says)
    return _framed(acknowledge(received.arrival.body, reply, now=at, control_id=control_id))


def door_full(body: bytes, *, at: datetime, control_id: str) -> bytes:
    """The framed answer to a message on one connection too many: it is not stored."""
    reply = Reply(Outcome.REFUSED, Fault.INTERNAL, "the door is full: too many connections; close one, then send again")
    return _framed(acknowledge(body, reply, now=at, control_id=control_id))


def _unfit(control_id: str) -> str:
    """Why a control id cannot name a message in an answer; empty for one that can."""
    if not control_id:
        return "MSH-10 is empty; a message needs its control id to be answered"
    if len(control_id) > _LONGEST_CONTROL_ID:
        return f"MSH-10 is longer than {_LONGEST_CONTROL_ID} characters; an answer must repeat it whole"
    return "" if control_id.isprintable() else "MSH-10 holds characters that are no text; an answer must repeat it"


def _framed(message: bytes | None) -> bytes:
    return b"" if message is None else OPEN + message + CLOSE
