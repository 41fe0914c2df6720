"""Each bomb costs at most 100 ms of processor time and 50 MB, and another connection is answered meanwhile."""

import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest
from benches.fuzz.targets import TARGETS
from tests.hostile.bombs import BOMBS, HL7, Bomb
from tests.hostile.notation import REST
from tests.hostile.wire import Wire

from wardwise.feeds.hl7v2.framing import Frame, Framer
from wardwise.feeds.hl7v2.reception import Received, Reception, answer
from wardwise.feeds.hl7v2.routing import Routing
from wardwise.feeds.intake import read_one
from wardwise.feeds.readers import readers
from wardwise.feeds.reading import Reader
from wardwise.hospital.moment import from_iso
from wardwise.loop.capture.inbox import Raw, Receipt
from wardwise.run.supervisor import Supervisor
from wardwise.sites.load import SiteFolder
from wardwise.stores.memory.log import MemoryLog
from wardwise.surfaces.cds_hooks.body import MAX_VALUES, NotJson, read_object

MOST_SECONDS = 0.1
MOST_BYTES = 50 * 1024 * 1024
LOOKS = 5  # a look may be spoilt by the machine; what is too slow each time is so by itself
AT = from_iso("2026-03-01T15:00:00Z")
READ_AT_ONCE = 256 * 1024
ANSWER_SECONDS = 5.0

Step = Callable[[], object]


@pytest.fixture(scope="module")
def made(folder: SiteFolder) -> dict[str, Reader]:
    return readers(folder, token_key=b"k" * 32, log=MemoryLog())


def steps(bomb: Bomb, content: bytes, folder: SiteFolder, made: dict[str, Reader]) -> Iterator[Step]:
    """What is done with a bomb, cut where the process that does it may turn to something else."""
    if bomb.parser != "door":
        run = TARGETS[bomb.parser].make()
        yield lambda: run(content)
        return
    framer, reception = Framer(), Reception("demo", "mllp", Routing.of(folder.site.feeds))
    frames: list[Frame] = []
    parts = (content[start : start + READ_AT_ONCE] for start in range(0, len(content), READ_AT_ONCE))
    for part in chain([b"\x0b"], parts, [b"\x1c\r"]):
        yield lambda part=part: frames.extend(framer.feed(part))
    assert frames
    received: list[Received] = []
    while frames:
        yield lambda: received.extend(reception.receive(frames.pop(0), AT))
    assert received
    for number, one in enumerate(received):
        receipt = Receipt.REFUSED if one.arrival.refusal else Receipt.STORED
        yield lambda one=one, receipt=receipt: answer(one, receipt, at=AT, control_id="9")
        if receipt is Receipt.STORED:
            raw = Raw(id=f"w{number}", sequence=number + 1, arrival=one.arrival, receipt=receipt)
            yield lambda raw=raw: read_one(raw, made)


def cost(bomb: Bomb, folder: SiteFolder, made: dict[str, Reader]) -> tuple[float, int]:
    """Seconds of processor time of the dearest step, and by how many bytes the process grew over all of them."""
    content = bomb.made()
    dearest = 0.0
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark begins anew
    before = _kilobytes("VmRSS")
    for step in steps(bomb, content, folder, made):
        begun = time.process_time()
        step()
        dearest = max(dearest, time.process_time() - begun)
    return dearest, (_kilobytes("VmHWM") - before) * 1024


def _kilobytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def test_there_are_enough_bombs() -> None:
    assert len(BOMBS) >= 60


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_little_time_and_memory(name: str, folder: SiteFolder, made: dict[str, Reader]) -> None:
    looks = []
    for _ in range(LOOKS):
        looks.append(cost(BOMBS[name], folder, made))
        if looks[-1][0] <= MOST_SECONDS and looks[-1][1] <= MOST_BYTES:
            return
    pytest.fail(f"{min(seconds for seconds, _ in looks):.3f} s, {min(grown for _, grown in looks):,} bytes")


def test_a_body_of_more_values_than_may_be_is_refused_and_one_with_as_many_is_read() -> None:
    assert read_object(b'{"a":[' + b"1," * (MAX_VALUES - 2) + b"1]}")
    with pytest.raises(NotJson, match="more than 50,000 values"):
        read_object(b'{"a":[' + b"1," * (MAX_VALUES - 1) + b"1]}")


def test_while_bombs_come_in_another_connection_is_answered(service: Supervisor) -> None:
    port = service.settings.mllp_port
    with Wire(port) as hostile, Wire(port) as other:
        for number, name in enumerate([*HL7][::4]):
            hostile.send(b"\x0b" + BOMBS[name].made() + b"\x1c\r")
            begun = time.monotonic()
            other.send(_message(f"other-{number}"))
            assert b"MSA|AA|" in other.answers_upto(f"other-{number}".encode())[-1]
            assert time.monotonic() - begun < ANSWER_SECONDS, name
        hostile.send(_message("last"))
        assert b"MSA|AA|" in hostile.answers_upto(b"last")[-1]


def _message(control: str) -> bytes:
    header = f"MSH|^~\\&|EHR|LGH|WW|LGH|20260301080000||ADT^A08|{control}|P|2.5.1\r"
    return b"\x0b" + (header + REST).encode() + b"\x1c\r"
