"""The process that asks FHIR servers: a thread for each feed, so that a slow server holds up no other."""

from threading import Event as Flag
from threading import Thread

import structlog

from wardwise.assemble.pollers import make_listening, make_rounds
from wardwise.errors import StoreUnavailable
from wardwise.feeds.fhir.rounds import Rounds
from wardwise.run.settings import Settings
from wardwise.run.told import Told

_ALIVE_EVERY_SECONDS = 0.25
_GOODBYE_SECONDS = 1.0

_log = structlog.get_logger()


def run(settings: Settings, stop: Flag, told: Told) -> None:
    """Ask until told to stop; end with an error when a thread cannot go on, to be started anew."""
    rounds = make_rounds(settings.site, settings.data, settings.open_clock(), say=_log.warning)
    failed: list[StoreUnavailable] = []
    threads = [Thread(target=_ask, args=(each, stop, failed), daemon=True) for each in rounds]
    hooks = [hook for each in rounds if (hook := make_listening(settings.site, each)) is not None]
    threads += [Thread(target=hook, daemon=True) for hook in hooks]
    for thread in threads:
        thread.start()
    told.ready(0)
    while not stop.wait(_ALIVE_EVERY_SECONDS) and all(thread.is_alive() for thread in threads):
        told.alive()
    stop.set()
    for thread in threads:
        thread.join(_GOODBYE_SECONDS)  # one that waits for its server stores nothing more; its window is asked again
    if failed:
        raise failed[0]


def _ask(rounds: Rounds, stop: Flag, failed: list[StoreUnavailable]) -> None:
    try:
        while not stop.is_set():
            rounds.rest(min(rounds.step(), _ALIVE_EVERY_SECONDS))
    except StoreUnavailable as fault:
        failed.append(fault)
