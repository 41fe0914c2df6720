"""What can be wrong with HL7 v2 bytes; no message repeats what the bytes said."""

from wardwise.errors import WardwiseError


class HL7Error(WardwiseError):
    """HL7 v2: {what}. {remedy}"""

    exit_code = 30


class NotHL7(HL7Error):
    """{size} bytes are not an HL7 v2 message: {what}. They are kept; ask the sender for MSH first."""

    exit_code = 31


class BadSeparators(HL7Error):
    """MSH-1 and MSH-2 cannot be used: {what}. Ask the sender for five different punctuation marks."""

    exit_code = 32


class OverLimit(HL7Error):
    """{count} {what} are over the limit of {limit} ({where}). Raise this source's limit if it needs it."""

    exit_code = 33


class BadAddress(HL7Error):
    """{text!r} is not an HL7 address: {what}. Write for instance PV1-3.1, PID-3(2).4.1 or OBX(3)-5."""

    exit_code = 34


class BadTimestamp(HL7Error):
    """The shape {shape!r} is not an HL7 {what}. Write YYYYMMDDHHMMSS.SSSS+ZZZZ, cut where it ends."""

    exit_code = 35
