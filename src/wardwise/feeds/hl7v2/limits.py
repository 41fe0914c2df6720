"""How much one HL7 v2 message may hold; counted before anything is built."""

from dataclasses import dataclass

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds, each inclusive; the last two bound the whole message so that no mixture is slow.

    `header` bounds the MSH alone, in bytes: a door and its answer read it many times over.
    """

    frame: int = 16 * MEBIBYTE
    header: int = 16 * KIBIBYTE
    segments: int = 5_000
    fields: int = 1_000
    repetitions: int = 200
    components: int = 100
    separators: int = 250_000
    escapes: int = 200_000


STANDARD = Limits()


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How much one frame may hold of several messages; a file that is imported may hold more."""

    messages: int = 1_000
    segments: int = 50_000


STANDARD_BATCH = BatchLimits()
