"""The notation of frames/README.md: readable text to the bytes that go over the wire."""

from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

BYTES = {"VT": b"\x0b", "FS": b"\x1c", "CR": b"\r", "LF": b"\n", "NUL": b"\0"}
HEADER = "MSH|^~\\&|EHR|LGH|WW|LGH|20260301080000||ADT^A08|"
REST = "EVN|A08|20260301080000\rPID|1||77^^^LGH^MR||ZZPHI^Ann||19500101|F\rPV1|1|I|4A^^12||||||||||||||||V1^^^LGH^VN\r"
PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table; `number` makes its control ids its own."""

    number: int
    case: str
    why: str
    send: str | list[str]
    way: str = "at once"
    answers: list[str] = field(default_factory=list)
    stored: int = 0
    duplicate: int = 0
    refused: list[str] = field(default_factory=list)
    passed_over: int = 0

    def pieces(self) -> list[bytes]:
        """What is sent, cut where a pause is."""
        text = self.send if isinstance(self.send, str) else "".join(self.send)
        return [self.bytes_of(piece) for piece in text.split(f"<{PAUSE}>")]

    def bytes_of(self, text: str) -> bytes:
        """The bytes of a text in the notation."""
        start = text.find("<")
        if start < 0:
            return text.encode()
        end = _closing(text, start)
        return text[:start].encode() + self._tag(text[start + 1 : end]) + self.bytes_of(text[end + 1 :])

    def control_id(self, name: str) -> bytes:
        """The control id that a name of the row stands for."""
        return self.bytes_of(name[1:]) if name.startswith("=") else f"{self.number:03}-{name}".encode()

    def expected(self) -> list[tuple[bytes, bytes]]:
        """MSA-1 and MSA-2 of each answer."""
        return [_answer(self, text) for text in self.answers]

    def _tag(self, tag: str) -> bytes:
        if tag in BYTES:
            return BYTES[tag]
        repeated, star, count = tag.rpartition("*")
        if star:
            return self.bytes_of(repeated) * int(count)
        if tag == "rest":
            return REST.encode()
        word, _, name = tag.partition(" ")
        if word[0] == "x":
            return bytes.fromhex(tag[1:])
        header = HEADER.encode() + self.control_id(name)
        body = header + b"|P|2.5.1\r" + REST.encode()
        known = {"id": self.control_id(name), "msh": header, "body": body, "msg": b"\x0b" + body + b"\x1c\r"}
        return known[word]


def read_cases(file: Path, *, first: int) -> list[Case]:
    """The rows of a table, numbered from `first`."""
    rows = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    return [Case(number, **row) for number, row in enumerate(rows, first)]


def _answer(case: Case, text: str) -> tuple[bytes, bytes]:
    code, space, name = text.partition(" ")
    return code.encode(), case.control_id(name) if space else b""


def _closing(text: str, start: int) -> int:
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "<") - (text[place] == ">")
        if not depth:
            return place
    raise AssertionError(f"a < is never closed: {text[start : start + 40]}")
