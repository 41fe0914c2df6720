"""Rebuild a site's events from its raws, in memory, and compare with what the log holds."""

from collections.abc import Callable

from wardwise.assemble.site import configured
from wardwise.assemble.stores import Stores
from wardwise.feeds.readers import readers
from wardwise.feeds.rebuild import Rebuilt, rebuild
from wardwise.loop.capture.log import Selection


def rebuild_site(stores: Stores, site: str, *, progress: Callable[[int, int], None]) -> Rebuilt:
    """Read every raw of a site again through the configuration now in use."""
    taken = stores.log.read(site, where=Selection(kinds=frozenset({"site.configured"})))
    folder = configured(stores, str(taken[-1].payload["artefact"])).folder
    found = readers(folder, token_key=stores.keys.token, log=stores.log)
    return rebuild(stores.inbox, stores.log, site, readers=found, progress=progress)
