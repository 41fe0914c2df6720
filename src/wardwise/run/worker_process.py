"""The worker's process: cycles when something arrived, and once a second when nothing did."""

from collections.abc import Callable
from threading import Event as Flag

from wardwise.assemble.drops import make_drops
from wardwise.assemble.site import configure
from wardwise.assemble.stores import WORKER, open_stores
from wardwise.hospital.clock import Clock
from wardwise.run.clock import SharedClock, pause
from wardwise.run.resume import resume
from wardwise.run.settings import Settings
from wardwise.run.worker import Worker

_QUIET_SECONDS = 1.0
_POLL_SECONDS = 0.02
_STEP_POLL_SECONDS = 0.001


def run(settings: Settings, stop: Flag, ready: Callable[[int], None]) -> None:
    """Work until told to stop."""
    clock = settings.open_clock()
    configuration = configure(settings.site)
    with open_stores(settings.data, WORKER) as stores:
        worker = resume(stores, configuration, clock.now())
        drops = make_drops(stores, configuration.folder, clock, settings.data)
        ready(0)
        if isinstance(clock, SharedClock) and clock.stepped:
            _step(worker, clock, drops, stop)
        else:
            _live(worker, clock, drops, stop)


def _step(worker: Worker, clock: SharedClock, drops: Callable[[], int], stop: Flag) -> None:
    # Virtual time: messages are read as they come, at an instant that stands still; turns are taken only
    # when the driver raises the barrier, so that two runs take the same turns on the same events.
    while not stop.is_set():
        ticket = clock.asked()
        if ticket != clock.settled():
            drops()
            worker.cycle(clock.now())
            clock.answer(ticket)
        elif worker.has_mail():
            worker.take_in(clock.now())
        else:
            pause(_STEP_POLL_SECONDS)


def _live(worker: Worker, clock: Clock, drops: Callable[[], int], stop: Flag) -> None:
    last = float("-inf")
    while not stop.is_set():
        quiet = clock.elapsed() - last >= _QUIET_SECONDS
        if quiet:
            drops()
        if quiet or worker.has_mail():
            worker.cycle(clock.now())
            last = clock.elapsed()
        else:
            pause(_POLL_SECONDS)
