"""Whether every acknowledgement left after the sync that covers its message, by the system calls of the real door.

A message is safe once a sync of the inbox's WAL has returned that began after the message's bytes were written there.
"""

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benches.load.sender import Sender, Task
from benches.load.servers import door

CALLS = "pwrite64,write,writev,fdatasync,fsync,sendto,sendmsg"
WAL = "inbox.db-wal>"
_CALL = re.compile(r"^(?P<thread>\d+)\s+(?P<name>\w+)\((?P<said>.*)$")
_RESUMED = re.compile(r"^(?P<thread>\d+)\s+<\.\.\. \w+ resumed>(?P<said>.*)$")
_DONE = re.compile(r".*\)\s+= (?P<result>-?\d+)")
_ACCEPTED = re.compile(r"MSA\|AA\|(\d{10})")
_BODY = re.compile(r"VS(\d{10})")  # stands in a message's body and nowhere else


@dataclass(frozen=True, slots=True)
class Synced:
    """How many messages were acknowledged, and the control ids of those whose sync had not returned by then."""

    acknowledged: int
    too_early: tuple[str, ...]


@dataclass(slots=True)
class _Call:
    name: str
    said: str
    began: int
    ended: int = -1
    result: int = -1


def strace_missing() -> bool:
    """Whether this machine cannot trace."""
    return shutil.which("strace") is None


def acks_after_sync(folder: Path, *, connections: int = 16, seconds: float = 2.0) -> Synced:
    """Run the door under strace with a sender for a while, and judge what it did."""
    transcript = folder / "calls"
    traced = ("strace", "-f", "-y", "-qq", "-s", "8192", "-e", f"trace={CALLS}", "-e", "signal=none")
    with door(folder / "data", traced=(*traced, "-o", str(transcript))) as server:
        Sender(Task(server.port, connections, seconds, first=0)).run()
    with transcript.open(encoding="ascii", errors="replace") as lines:
        return judge(lines)


def judge(transcript: Iterable[str]) -> Synced:
    """Judge the lines of `strace -f -y`."""
    calls = _calls(transcript)
    written: dict[str, int] = {}
    for call in calls:
        if call.name == "pwrite64" and WAL in call.said and call.ended >= 0:
            for control in _BODY.findall(call.said):
                written.setdefault(control, call.ended)
    syncs = [c for c in calls if c.name in {"fdatasync", "fsync"} and WAL in c.said and c.ended >= 0 and c.result == 0]
    acks = [(call.began, control) for call in calls if WAL not in call.said for control in _ACCEPTED.findall(call.said)]
    early = [control for began, control in acks if not _covered(written.get(control), began, syncs)]
    return Synced(len(acks), tuple(early))


def _covered(written: int | None, acknowledged: int, syncs: list[_Call]) -> bool:
    return written is not None and any(written < sync.began and sync.ended < acknowledged for sync in syncs)


def _calls(transcript: Iterable[str]) -> list[_Call]:
    """The calls in the order they began; one that another thread interrupted is put together again."""
    calls: list[_Call] = []
    under_way: dict[str, _Call] = {}
    for number, line in enumerate(transcript):
        if resumed := _RESUMED.match(line):
            call = under_way.pop(resumed["thread"], None)
        elif begun := _CALL.match(line):
            call = _Call(begun["name"], begun["said"], number)
            calls.append(call)
            if line.rstrip().endswith("<unfinished ...>"):
                under_way[begun["thread"]] = call
                continue
        else:
            continue
        done = _DONE.match(line)
        if call is not None and done is not None:
            call.ended, call.result = number, int(done["result"])
    return calls
