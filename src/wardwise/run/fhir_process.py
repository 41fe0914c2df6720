"""The process that asks FHIR servers, and listens for those that say when something is new."""

from threading import Event as Flag

import structlog

from wardwise.assemble.pollers import make_listening, make_rounds
from wardwise.run.asking import ask
from wardwise.run.settings import Settings
from wardwise.run.told import Told

_log = structlog.get_logger()


def run(settings: Settings, stop: Flag, told: Told) -> None:
    """Ask until told to stop."""
    rounds = make_rounds(settings.site, settings.data, settings.open_clock(), say=_log.warning)
    hooks = [hook for each in rounds if (hook := make_listening(settings.site, each)) is not None]
    ask(rounds, stop, told, beside=hooks)
