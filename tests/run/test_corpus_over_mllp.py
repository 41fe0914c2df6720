"""548 messages collected elsewhere, sent over MLLP by clients that are not ours: each answered, none lost."""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from hl7.client import MLLPClient

from wardwise.assemble.stores import READ_ONLY, open_stores
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.log import Selection
from wardwise.run.supervisor import Supervisor

BIN = Path(sys.executable).parent
MESSAGES = 548
LOOSE_HEADER = rb"MSH|^~\&|"  # where `mllp_send --loose` begins a message; others it drops
ACCEPT, APPLICATION = 14, 15  # MSH-15 and MSH-16 among the fields of a header: which answers the sender asks for
TYPE = 8  # MSH-9
END = b"\x1c\r"
PROBE = b"MSH|^~\\&|PROBE|LGH|WW|WW|20260301080000||ADT^A08|probe|P|2.5.1\r"


@pytest.fixture(scope="module")
def corpus(shared_data: Path) -> list[Path]:
    files = sorted((shared_data / "hl7v2").rglob("*.hl7"))
    assert len(files) == MESSAGES
    return files


def may_be_silent(file: Path) -> bool:
    """Whether a client that waits for an answer would wait for ever: not every sender asks for one, and an
    acknowledgement gets none.
    """
    fields = [*file.read_bytes().split(b"\r")[0].split(b"\n")[0].split(b"|"), *(b"",) * 20]
    return bool({fields[ACCEPT], fields[APPLICATION]} - {b"", b"AL"}) or fields[TYPE].startswith(b"ACK")


def is_taken(file: Path) -> bool:
    """Whether `mllp_send --loose` sends this file as the one message it is, and gets the answer it waits for."""
    body = file.read_bytes()
    return body.startswith(LOOSE_HEADER) and body.count(b"MSH|") == 1 and not may_be_silent(file)


def test_the_whole_corpus_is_answered_stored_and_accounted_for(
    service: Supervisor, corpus: list[Path], tmp_path: Path
) -> None:
    port = service.settings.mllp_port
    taken = [file for file in corpus if is_taken(file)]
    alone = {file: sent_alone(file, port) for file in corpus if file not in taken}
    answers = [*sent_loosely(taken, port, tmp_path), *(answer for found in alone.values() for answer in found)]
    assert len(taken) > 0.7 * MESSAGES
    assert {verdict(answer) for answer in answers} == {"AA", "AR", "CA"}
    assert all(may_be_silent(file) for file, found in alone.items() if not found)
    booked = balanced(service.settings.data)
    assert booked["holds"]
    assert booked["pending"] == 0
    assert booked["received"] - len(alone) >= MESSAGES  # less the probes; a file may hold several messages
    accounted_for(service.settings.data)


def sent_loosely(files: list[Path], port: int, folder: Path) -> list[bytes]:
    """The answers to files that are sent in one go by the command line of the `hl7` package."""
    together = folder / "together.hl7"
    together.write_bytes(b"\r\n".join(file.read_bytes() for file in files))
    done = subprocess.run(
        [BIN / "mllp_send", "--loose", "--port", str(port), "--file", together, "127.0.0.1"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = done.stdout.split(END)
    assert not answers.pop().strip()
    assert len(answers) == len(files)
    return answers


def sent_alone(file: Path, port: int) -> list[bytes]:
    """The answers to a file as it stands, sent by the client of the `hl7` package: one for each message in it.

    A probe goes behind it on the same connection; what is answered before the probe is all there will be.
    """
    told = b""
    with MLLPClient("127.0.0.1", port) as client:
        client.socket.settimeout(10)
        client.socket.sendall(b"\x0b" + file.read_bytes() + END + b"\x0b" + PROBE + END)
        while not (b"|probe" in told and told.endswith(END)):
            part = client.socket.recv(65536)
            assert part, file.name
            told += part
    return told.split(END)[:-2]


def verdict(answer: bytes) -> str:
    """MSA-1."""
    (line,) = [line for line in answer.strip(b"\x0b\x1c\r\n").split(b"\r") if line.startswith(b"MSA")]
    return line[4:6].decode()


def balanced(data: Path) -> dict[str, int]:
    """The books by the command line, once nothing is pending."""
    end = time.monotonic() + 20
    while True:
        done = subprocess.run(
            [BIN / "wardwise", "log", "balance", "--json", "--data", data], capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        booked: dict[str, int] = json.loads(done.stdout)["demo"]
        if booked["pending"] == 0 or time.monotonic() > end:
            return booked
        time.sleep(0.2)


def accounted_for(data: Path) -> None:
    """Every raw gave events, or there is a reason why not; every refusal has one."""
    with open_stores(data, READ_ONLY) as stores:
        raws = stores.inbox.pending("demo", after=0, limit=10_000)
        events = stores.log.read("demo", limit=100_000)
        reasons = {event.raw: event.payload for event in events if event.kind == "message.quarantined"}
        facts = Counter(event.raw for event in events if event.raw is not None and event.raw not in reasons)
        for raw in raws:
            stored(stores.inbox.find(raw.id))
            dealt = stores.log.disposition("demo", raw.id)
            assert dealt is not None
            assert facts[raw.id] or dealt.reason
            if dealt.outcome == "quarantined":
                assert reasons[raw.id]["why"]
                assert reasons[raw.id]["remedy"]
        refused = stores.inbox.refused("demo", limit=1_000)
        assert all(raw.arrival.refusal for raw in refused)
        assert stores.log.read("demo", where=Selection(kinds=frozenset({"message.quarantined"})))


def stored(raw: Raw) -> None:
    assert raw.arrival.body.lstrip(b"\r\n").startswith(b"MSH")
