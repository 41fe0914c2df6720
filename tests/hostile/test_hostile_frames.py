"""The tables of frames/: each row through a socket to the door of a whole service, and good messages after it."""

import re
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.hostile.notation import Case, read_cases
from tests.hostile.wire import Wire

from wardwise.assemble.stores import READ_ONLY, open_stores
from wardwise.loop.capture.inbox import Raw
from wardwise.run.supervisor import Supervisor

TABLES = Path(__file__).parent / "frames"
KNOWN = read_cases(TABLES / "known.yaml", first=1)
FURTHER = read_cases(TABLES / "further.yaml", first=101)
CASES = [*KNOWN, *FURTHER]
PROBE = "next"
NOT_KEPT = re.compile(rb"[\0\r\n \x0b\x1c]+|(?:FHS|BHS|BTS|FTS)\|[^\r]*")  # frames, padding, clean envelopes
PHI = b"ZZPHI"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a row left in the inbox, its probe not counted."""

    stored: list[Raw]
    refused: list[Raw]
    duplicate: int

    def bodies(self) -> list[bytes]:
        bodies = [raw.arrival.body for raw in (*self.stored, *self.refused)]
        return bodies + bodies[:1] * self.duplicate  # a duplicate shares the body of the first


class Books:
    """Looks at the inbox of a running service from outside."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._before = self._counted()

    def since(self, probe: bytes) -> Kept:
        """What came since the books were opened."""
        stored, refused, duplicate = (now - then for now, then in zip(self._counted(), self._before, strict=True))
        with open_stores(self._data, READ_ONLY) as stores:
            new = stores.inbox.pending("demo", after=0, limit=100_000)[-stored:] if stored else []
            refusals = stores.inbox.refused("demo", limit=refused)[::-1] if refused else []
        assert [raw.arrival.control_id for raw in new].count(probe.decode()) == 1
        return Kept([raw for raw in new if raw.arrival.control_id != probe.decode()], refusals, duplicate)

    def _counted(self) -> tuple[int, int, int]:
        with open_stores(self._data, READ_ONLY) as stores:
            counts = stores.inbox.counts("demo")
        return counts.stored + counts.conflict, counts.refused, counts.duplicate


def played(case: Case, port: int) -> list[bytes]:
    """Send a row's bytes in its way, then the probe; every answer but the probe's."""
    probe = case.bytes_of(f"<msg {PROBE}>")
    with Wire(port) as wire:
        for piece in case.pieces():
            for part in [bytes([byte]) for byte in piece] if case.way == "byte by byte" else [piece]:
                wire.send(part)
            if len(case.pieces()) > 1:
                time.sleep(0.03)
        if case.way in {"at once", "byte by byte"}:
            wire.send(probe)
            return checked(wire.answers_upto(case.control_id(PROBE)), case)
        before = []
        if case.way == "half-close":
            wire.end_sending()
            before = wire.answers_upto_the_end()
        else:
            assert wire.receive()
            wire.reset()
    with Wire(port) as again:
        again.send(probe)
        return before + checked(again.answers_upto(case.control_id(PROBE)), case)


def checked(answers: list[bytes], case: Case) -> list[bytes]:
    """The answers before the probe's, which has to be the last."""
    assert verdict(answers[-1]) == (b"AA", case.control_id(PROBE))
    return answers[:-1]


def verdict(answer: bytes) -> tuple[bytes, bytes]:
    """MSA-1 and MSA-2 of an answer that is well made and says nothing of a patient."""
    assert answer.startswith(b"\x0bMSH")
    assert answer.endswith(b"\r")
    assert PHI not in answer
    header, msa, *errors = answer[1:-1].split(b"\r")
    mark = header[3:4]
    assert header.split(mark)[8].startswith(b"ACK")
    name, code, *named = msa.split(mark)
    assert name == b"MSA"
    assert bool(errors) == (code[1:] != b"A"), "what is refused says why"
    return code, named[0] if named else b""


def lost(sent: bytes, bodies: list[bytes]) -> int:
    """How many bytes of a stream are in none of the bodies, frames and padding aside."""
    rest = sent
    for body in sorted(bodies, key=len, reverse=True):
        parts = [body] if body in rest else [line for line in body.split(b"\r") if line]
        for part in parts:
            assert part in rest, "the inbox holds what nobody sent"
            rest = rest.replace(part, b"", 1)
    return len(NOT_KEPT.sub(b"", rest))


def test_the_tables_are_as_long_as_they_should_be() -> None:
    assert len(KNOWN) == 20
    assert len(FURTHER) >= 30
    assert len({case.case for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_a_hostile_frame_has_its_outcome_and_the_door_goes_on(case: Case, service: Supervisor) -> None:
    books = Books(service.settings.data)
    answers = played(case, service.settings.mllp_port)
    kept = books.since(case.control_id(PROBE))
    assert [verdict(answer) for answer in answers] == case.expected()
    assert (len(kept.stored), kept.duplicate) == (case.stored, case.duplicate)
    reasons = [raw.arrival.refusal for raw in kept.refused]
    assert len(reasons) == len(case.refused), reasons
    assert all(words in reason for words, reason in zip(case.refused, reasons, strict=True)), reasons
    assert lost(b"".join(case.pieces()), kept.bodies()) == case.passed_over
