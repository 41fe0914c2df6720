"""How much one HL7 v2 message may hold; counted before anything is built."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds, each inclusive; the last two bound the whole message so that no mixture is slow."""

    frame: int = 16 * MEBIBYTE
    segments: int = 5_000
    fields: int = 1_000
    repetitions: int = 200
    components: int = 100
    separators: int = 250_000
    escapes: int = 200_000


STANDARD = Limits()
