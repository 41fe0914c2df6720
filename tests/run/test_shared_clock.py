import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wardwise.errors import NotRunnable
from wardwise.run.clock import SharedClock

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_at_speed_nought_time_stands_still_until_it_is_moved(tmp_path: Path) -> None:
    clock = SharedClock.create(tmp_path / "clock", NOON)
    assert clock.stepped
    clock.advance(NOON + timedelta(minutes=5))
    assert clock.now() == NOON + timedelta(minutes=5)


def test_every_process_that_maps_the_file_sees_the_same_time(tmp_path: Path) -> None:
    driver = SharedClock.create(tmp_path / "clock", NOON)
    other = SharedClock(tmp_path / "clock")
    driver.advance(NOON + timedelta(hours=1))
    assert other.now() == driver.now()


def test_time_never_moves_back(tmp_path: Path) -> None:
    clock = SharedClock.create(tmp_path / "clock", NOON)
    clock.advance(NOON - timedelta(hours=1))
    assert clock.now() == NOON


def test_a_fast_clock_runs_ahead_of_the_machine(tmp_path: Path) -> None:
    clock = SharedClock.create(tmp_path / "clock", NOON, speed=3600.0)
    began, machine = clock.now(), clock.elapsed()
    while clock.elapsed() - machine < 0.02:
        pass
    assert clock.now() - began >= timedelta(seconds=0.02 * 3600)


def test_a_clock_that_runs_is_moved_on_and_runs_on_from_there(tmp_path: Path) -> None:
    clock = SharedClock.create(tmp_path / "clock", NOON, speed=3600.0)
    later = clock.now() + timedelta(days=1)
    clock.advance(later)
    moved, machine = clock.now(), clock.elapsed()
    assert later <= moved < later + timedelta(hours=1)
    while clock.elapsed() - machine < 0.02:
        pass
    assert clock.now() - moved >= timedelta(seconds=0.02 * 3600)
    clock.advance(moved)
    assert clock.now() > moved


def test_settling_waits_for_the_worker(tmp_path: Path) -> None:
    clock = SharedClock.create(tmp_path / "clock", NOON)

    def work() -> None:
        worker = SharedClock(tmp_path / "clock")
        while worker.asked() == worker.settled():
            pass
        worker.answer(worker.asked())

    thread = threading.Thread(target=work)
    thread.start()
    clock.settle(patience=5)
    thread.join()
    assert clock.settled() == clock.asked() == 1


def test_settling_gives_up_with_a_message_when_nobody_works(tmp_path: Path) -> None:
    clock = SharedClock.create(tmp_path / "clock", NOON)
    with pytest.raises(NotRunnable, match="did not answer"):
        clock.settle(patience=0.01)


ASKING = """
import sys
from datetime import timedelta
from pathlib import Path
from wardwise.run.clock import SharedClock

clock = SharedClock(Path(sys.argv[1]))
for _ in range(100_000):
    clock.advance(clock.now() + timedelta(seconds=1))
    clock.ask()
"""


def test_a_reader_never_sees_half_a_number(tmp_path: Path) -> None:
    clock = SharedClock.create(tmp_path / "clock", NOON)
    time, ticket = clock.now(), clock.asked()
    with subprocess.Popen([sys.executable, "-c", ASKING, str(tmp_path / "clock")]) as driver:
        while driver.poll() is None:
            for _ in range(1000):
                seen, asked = clock.now(), clock.asked()
                assert seen >= time
                assert asked >= ticket
                time, ticket = seen, asked
    assert clock.asked() == 100_000
    assert clock.now() == NOON + timedelta(seconds=100_000)
