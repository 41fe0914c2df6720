"""The process that publishes to streams: a thread for each, so that a broker that is away holds up no other."""

from threading import Event as Flag

import structlog

from wardwise.assemble.publishing import make_publishers
from wardwise.run.asking import ask
from wardwise.run.settings import Settings
from wardwise.run.told import Told

_log = structlog.get_logger()


def run(settings: Settings, stop: Flag, told: Told) -> None:
    """Publish until told to stop."""
    clock = settings.open_clock()
    ask(make_publishers(settings.site, settings.data, clock, say=_log.warning, stopped=stop.is_set), stop, told)
