"""A small writer of HL7 v2 text; what it writes is read back by two other programs in the tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from wardwise.demo.setting import Setting

ESCAPES = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\n": "\\.br\\"})
STRUCTURES = {
    "A04": "ADT_A01",
    "A08": "ADT_A01",
    "A11": "ADT_A09",
    "A13": "ADT_A01",
    "A40": "ADT_A39",
    "R01": "ORU_R01",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A message before it is numbered and dated: `at` is when its system writes it, `about` the visit it speaks of."""

    at: datetime
    happened: datetime
    feed: str
    type: tuple[str, str]
    about: str
    segments: tuple[str, ...]


def plain(text: str) -> str:
    """Text in which no character is a separator."""
    return text.translate(ESCAPES)


def parts(*components: str) -> str:
    """A field of components, each made plain, empty ones at the end left out."""
    return "^".join(plain(component) for component in components).rstrip("^")


def segment(name: str, fields: Mapping[int, str]) -> str:
    """A segment from its fields by number; the fields are written as they are."""
    return "|".join([name, *(fields.get(number, "") for number in range(1, max(fields) + 1))])


def wall(setting: Setting, at: datetime) -> str:
    """A local wall time without offset, to the second, as many ADT systems write it."""
    return setting.local(at).strftime("%Y%m%d%H%M%S")


def zoned(setting: Setting, at: datetime) -> str:
    """A local time with its offset from UTC, to the second."""
    return setting.local(at).strftime("%Y%m%d%H%M%S%z")


def written(setting: Setting, letter: Letter, control: str, *, sender: tuple[str, str] | None = None) -> bytes:
    """The message's bytes: the header before the segments, CR after each, UTF-8."""
    kind, trigger = letter.type
    application, facility = sender or setting.sender
    head = segment(
        "MSH",
        {
            1: "^~\\&",
            2: plain(application),
            3: plain(facility),
            4: "WARDWISE",
            5: plain(facility),
            6: wall(setting, letter.at) if kind == "ADT" else zoned(setting, letter.at),
            8: parts(kind, trigger, STRUCTURES.get(trigger, f"{kind}_{trigger}")),
            9: control,
            10: "P",
            11: "2.5.1",
            17: "UNICODE UTF-8",
        },
    )  # MSH-1 is the separator itself, so what is written at n is MSH-(n + 1)
    return ("\r".join([head, *letter.segments]) + "\r").encode()
