"""The process that fetches files and rows from other servers into the drop folders and the inbox."""

from threading import Event as Flag

import structlog

from wardwise.assemble.fetching import make_fetching
from wardwise.run.asking import ask
from wardwise.run.settings import Settings
from wardwise.run.told import Told

_log = structlog.get_logger()


def run(settings: Settings, stop: Flag, told: Told) -> None:
    """Fetch until told to stop."""
    ask(make_fetching(settings.site, settings.data, settings.open_clock(), say=_log.warning), stop, told)
