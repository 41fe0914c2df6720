"""The worker's process: cycles when something arrived, and once a second when nothing did."""

from collections.abc import Callable
from functools import partial
from threading import Event as Flag
from threading import Thread

import structlog

from wardwise.assemble.drops import make_drops
from wardwise.assemble.pairing import REMEDY, misfit
from wardwise.assemble.site import configure
from wardwise.assemble.stores import WORKER, Stores, open_stores
from wardwise.assemble.tenure import tenure, worker_of
from wardwise.errors import BrokenArchive, BrokenChain, NotAllowed, StoreUnavailable
from wardwise.hospital.clock import Clock
from wardwise.loop.capture.log import Lease
from wardwise.rehearse.replay.decisions import Configuration
from wardwise.run.clock import SharedClock, pause
from wardwise.run.resume import resume
from wardwise.run.settings import Settings
from wardwise.run.told import Told
from wardwise.run.worker import Worker
from wardwise.stores.unreached import UnreachedServers

_LOG = structlog.get_logger("worker")
_QUIET_SECONDS = 1.0
_RAWS_A_CYCLE = 1_000
_FORGET_SECONDS = 6 * 3600.0
_POLL_SECONDS = 0.02
_STEP_POLL_SECONDS = 0.001
_SIGN_SECONDS = 0.25


def run(settings: Settings, stop: Flag, told: Told) -> None:
    """Work until told to stop; stand by while another process works on the site."""
    configuration = configure(settings.site)
    site = configuration.folder.site.slug
    _signing(told, stop)

    def wait() -> bool:
        told.ready(0)  # whoever stands by is as ready as it can be
        return not stop.is_set()

    with open_stores(settings.data, WORKER) as stores:
        if why := misfit(stores.inbox, stores.log, site):
            _stand_by(why, told, stop)
            return
        name, ours = worker_of(stores)
        try:
            with tenure(stores, site, name, heir_of=ours, wait=wait, lost=stop.set) as lease:
                _work(settings, stores, configuration, lease, stop=stop, told=told)
        except NotAllowed:
            if not stop.is_set():
                raise


def _work(
    settings: Settings, stores: Stores, configuration: Configuration, lease: Lease, *, stop: Flag, told: Told
) -> None:
    clock = settings.open_clock()
    worker = resume(stores, configuration, clock.now(), lease=lease)
    drops = make_drops(stores, configuration.folder, clock, settings.data)
    told.ready(0)
    if isinstance(clock, SharedClock) and clock.stepped:
        _step(worker, clock, drops, stop)
        return
    broken = _verifying(stores, stop)
    _live(worker, clock, partial(_chores, worker, stores, drops, clock), stop)
    if broken:
        raise broken[0]


def _stand_by(why: str, told: Told, stop: Flag) -> None:
    """Read and write nothing, so that board and doors can say why until somebody has put the right files there."""
    _LOG.error("nothing is read", why=why, remedy=REMEDY)
    told.ready(0)
    stop.wait()


def _signing(told: Told, stop: Flag) -> None:
    """Give signs of life from a thread: a cycle over much may take long. Whether it still reads, the board watches."""

    def sign() -> None:
        while not stop.wait(_SIGN_SECONDS):
            told.alive()

    Thread(target=sign, name="signs", daemon=True).start()


def _verifying(stores: Stores, stop: Flag) -> list[BrokenChain]:
    """Verify the chain from the last checkpoint in the background; a break stops this worker, for nobody may append."""
    broken: list[BrokenChain] = []

    def verify() -> None:
        try:
            for site in stores.log.sites():
                stores.log.verify_recent(site)
        except BrokenChain as fault:
            broken.append(fault)
            stop.set()
        except (BrokenArchive, StoreUnavailable) as fault:  # it says nothing against what is in the log
            _LOG.error("the log is not verified", why=str(fault))

    Thread(target=verify, name="verify", daemon=True).start()
    return broken


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


def _chores(worker: Worker, stores: Stores, drops: Callable[[], int], clock: Clock) -> None:
    room = stores.folder.room
    if not room.full:  # files stay where they were dropped; they are read when there is room
        drops()
    worker.note_service(stores.absences(), room, clock.now())
    worker.note_servers(UnreachedServers(stores.folder.unreached).read().values(), clock.now())
    worker.note_brokers(UnreachedServers(stores.folder.unpublished).read().values(), clock.now())


def _live(worker: Worker, clock: Clock, chores: Callable[[], None], stop: Flag) -> None:
    last, forgot = float("-inf"), clock.elapsed()
    while not stop.is_set():
        quiet = clock.elapsed() - last >= _QUIET_SECONDS
        if quiet:
            chores()
        if quiet or worker.has_mail():
            worker.cycle(clock.now(), at_most=_RAWS_A_CYCLE)
            last = clock.elapsed()
            if last - forgot >= _FORGET_SECONDS:
                worker.forget(clock.now())
                forgot = last
        else:
            pause(_POLL_SECONDS)
