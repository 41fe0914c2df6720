"""The same nine fields of a message, by python-hl7 and by us: what a parse rate is compared on."""

import hl7

from wardwise.feeds.hl7v2.address import Address
from wardwise.feeds.hl7v2.message import Message

PLACES = ("MSH-9.2", "MSH-10", "PID-3.1", "PID-3.4", "PID-5.1", "PID-7", "PV1-2", "PV1-3.1", "PV1-19.1")
ADDRESSES = tuple(Address.parse(place) for place in PLACES)


def our_fields(body: bytes) -> list[str]:
    """Parsed and read by wardwise."""
    text = Message.parse(body).text
    return [text(address) for address in ADDRESSES]


def library_fields(body: bytes) -> list[str]:
    """Parsed and read by python-hl7."""
    parsed = hl7.parse(body.decode())
    return [str(parsed.extract_field(one.segment, 1, one.field, 1, one.component or 1, 1) or "") for one in ADDRESSES]
