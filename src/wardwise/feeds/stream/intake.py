"""What a message of a stream is to the inbox: bytes under an identity, or a refusal that says why.

Nobody waits for an answer, so nothing is ever left lying at the broker: what cannot be taken is kept and shown, and the
stream goes on behind it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wardwise.feeds.fhir.limits import STANDARD as FHIR_LIMITS
from wardwise.feeds.hl7v2.framing import FS, KEPT_OF_OVERFLOW, OPEN, Frame, Framer
from wardwise.feeds.hl7v2.limits import STANDARD as HL7_LIMITS
from wardwise.feeds.hl7v2.reception import Reception
from wardwise.feeds.hl7v2.routing import OneFeed
from wardwise.feeds.stream.broker import Message
from wardwise.loop.capture.inbox import Arrival
from wardwise.sites.feed import Feed, FeedKind

_LARGEST = {FeedKind.HL7V2: HL7_LIMITS.frame, FeedKind.FHIR: FHIR_LIMITS.size}


@dataclass(frozen=True, slots=True)
class Intake:
    """One feed's messages. HL7 v2 is known again by MSH-10 and its bytes, wherever in the stream it stands; FHIR by its
    place, for a resource may go back to what it was before.
    """

    site: str
    feed: Feed
    listener: str

    def arrivals(self, messages: Sequence[Message], at: datetime) -> list[Arrival]:
        """Everything that came, in order; a batch of HL7 v2 is several."""
        return [arrival for message in messages for arrival in self._each(message, at)]

    def _each(self, message: Message, at: datetime) -> Iterator[Arrival]:
        largest = _LARGEST[self.feed.kind]
        if message.refusal:
            yield self._arrival(message, at, refusal=message.refusal)
        elif not message.body.strip():
            yield self._arrival(message, at, refusal="an empty message")
        elif len(message.body) > largest:
            kept = Message(message.place, message.body[:KEPT_OF_OVERFLOW])
            size = f"{len(message.body):,} bytes, more than {largest:,}"
            yield self._arrival(kept, at, refusal=f"a message of {size}; its first {len(kept.body):,} are kept")
        elif self.feed.kind is FeedKind.HL7V2:
            yield from self._hl7(message, at)
        else:
            yield self._arrival(message, at)

    def _hl7(self, message: Message, at: datetime) -> Iterator[Arrival]:
        reception = Reception(self.site, self.listener, OneFeed(self.feed), answers=False)
        for frame in _frames(message.body):
            for received in reception.receive(frame, at):
                arrival = received.arrival
                named = message.place if arrival.refusal else arrival.control_id
                yield replace(arrival, source=self.feed.name, control_id=named)

    def _arrival(self, message: Message, at: datetime, *, refusal: str = "") -> Arrival:
        return Arrival(
            site=self.site,
            source=self.feed.name,
            listener=self.listener,
            control_id=message.place,
            body=message.body,
            received_at=at,
            refusal=refusal,
        )


def _frames(body: bytes) -> list[Frame]:
    """The message itself; or what it holds in frames as for MLLP, where an engine kept them, and maybe several."""
    if not body.startswith(OPEN):
        return [Frame(body, size=len(body))]
    if FS not in body and body.count(OPEN) == 1:  # the end of the message ends the frame
        return [Frame(body[1:], size=len(body) - 1)]
    framer = Framer()
    return [*framer.feed(body), *framer.flush()]
