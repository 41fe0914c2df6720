"""The process that reads streams of messages: a thread for each feed, so that a slow broker holds up no other."""

from threading import Event as Flag

import structlog

from wardwise.assemble.streams import make_subscriptions
from wardwise.run.asking import ask
from wardwise.run.settings import Settings
from wardwise.run.told import Told

_log = structlog.get_logger()


def run(settings: Settings, stop: Flag, told: Told) -> None:
    """Read until told to stop."""
    clock = settings.open_clock()
    ask(make_subscriptions(settings.site, settings.data, clock, say=_log.warning, stopped=stop.is_set), stop, told)
