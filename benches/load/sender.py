"""A sender in a process of its own: `python -m benches.load.sender TASK`, raw sockets, one message under way a line.

Closed loop: each line sends its next message when the last was acknowledged. Open loop: messages are due at chance
times (Poisson) whether or not the door keeps up, and their latency counts from when they were due.
"""

import argparse
import json
import random
import select
import socket
import sys
import time
from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from benches.load.machine import percentile
from benches.load.messages import message, oru

TEMPLATES = 512
PATIENCE_SECONDS = 15.0
OPEN, CLOSE = b"\x0b", b"\x1c\r"


@dataclass(frozen=True, slots=True)
class Task:
    """What to send; `per_second` makes an open loop. `first` numbers the first message: no two runs share one."""

    port: int
    connections: int
    seconds: float
    first: int
    per_second: float = 0.0


class Line:
    """One connection and the message under way on it."""

    __slots__ = ("control", "due", "held", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.control = b""
        self.due = 0.0
        self.held = b""

    def send(self, template: bytes, number: int, due: float) -> None:
        """Send one message; `due` is when its latency begins."""
        self.control, self.due = b"|%010d" % number, due
        self.socket.sendall(OPEN + message(template, number) + CLOSE)

    def answered(self) -> bytes:
        """The answer once it is whole, else nothing; raises ConnectionError where the door hung up."""
        part = self.socket.recv(65_536)
        if not part:
            raise ConnectionError("the door hung up")
        self.held += part
        if not self.held.endswith(CLOSE):
            return b""
        answer, self.held = self.held, b""
        return answer


class Sender:
    """Sends for a while and counts what came back."""

    def __init__(self, task: Task) -> None:
        now = datetime.now(UTC)
        self._task = task
        self._templates = [oru(number, now - timedelta(seconds=TEMPLATES)) for number in range(TEMPLATES)]
        self._lines = {line.socket.fileno(): line for line in (Line(task.port) for _ in range(task.connections))}
        self._number = task.first
        self._latencies = array("d")
        self._wrong = 0

    def run(self) -> dict[str, float | int]:
        """The figures of one run; raises TimeoutError where answers stay out."""
        cpu, begun = time.process_time(), time.perf_counter()
        loop = self._open_loop if self._task.per_second else self._closed_loop
        try:
            loop(begun)
        finally:
            for line in self._lines.values():
                line.socket.close()
        taken = time.perf_counter() - begun
        cpu = time.process_time() - cpu
        ordered = sorted(self._latencies)
        return {
            "messages": len(ordered),
            "not_accepted": self._wrong,
            "per_second": round(len(ordered) / taken, 1),
            "p50_ms": round(percentile(ordered, 0.50) * 1e3, 3),
            "p99_ms": round(percentile(ordered, 0.99) * 1e3, 3),
            "max_ms": round((ordered[-1] if ordered else 0.0) * 1e3, 3),
            "sender_cpu_us_per_message": round(cpu / max(len(ordered), 1) * 1e6, 1),
        }

    def _closed_loop(self, begun: float) -> None:
        poll = select.epoll()
        for descriptor, line in self._lines.items():
            poll.register(descriptor, select.EPOLLIN)
            self._send(line, time.perf_counter())
        with poll:
            self._until(begun + self._task.seconds, poll)

    def _until(self, end: float, poll: select.epoll) -> None:
        waiting = len(self._lines)
        while waiting:
            ready = poll.poll(PATIENCE_SECONDS)
            if not ready:
                raise TimeoutError("no answer came")
            for descriptor, _ in ready:
                line = self._lines[descriptor]
                if not self._take(line):
                    continue
                now = time.perf_counter()
                if now < end:
                    self._send(line, now)
                else:
                    waiting -= 1

    def _open_loop(self, begun: float) -> None:
        due = self._due_times(begun)
        upcoming: float | None = next(due)
        overdue: deque[float] = deque()
        free = deque(self._lines.values())
        while upcoming is not None or overdue or len(free) < len(self._lines):
            now = time.perf_counter()
            while upcoming is not None and upcoming <= now:
                overdue.append(upcoming)
                upcoming = next(due, None)
            while overdue and free:
                self._send(free.popleft(), overdue.popleft())
            wait = PATIENCE_SECONDS if upcoming is None or overdue else max(upcoming - time.perf_counter(), 0.0)
            ready, _, _ = select.select(self._lines, (), (), wait)  # to the microsecond, as epoll is not
            if not ready and upcoming is None:
                raise TimeoutError("no answer came")
            free.extend(line for line in (self._lines[one] for one in ready) if self._take(line))

    def _due_times(self, begun: float) -> Iterator[float]:
        chance = random.Random(self._task.first)
        at = begun
        while at < begun + self._task.seconds:
            yield at
            at += chance.expovariate(self._task.per_second)

    def _send(self, line: Line, due: float) -> None:
        line.send(self._templates[self._number % TEMPLATES], self._number, due)
        self._number += 1

    def _take(self, line: Line) -> bool:
        """Whether the line is free again."""
        answer = line.answered()
        if not answer:
            return False
        self._latencies.append(time.perf_counter() - line.due)
        self._wrong += b"MSA|AA" + line.control not in answer
        return True


def main() -> int:
    """Run the task of the command line and print its figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", help=f"a JSON object such as {json.dumps(asdict(Task(2575, 16, 10.0, 0)))}")
    task = Task(**json.loads(parser.parse_args().task))
    print(json.dumps(Sender(task).run()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
