"""The surfaces of a site: one application over a log it only reads and an inbox it writes answers to."""

import hmac
from collections.abc import Callable
from functools import partial
from pathlib import Path

from wardwise.assemble.pairing import misfit
from wardwise.assemble.site import configure
from wardwise.assemble.stores import DOOR, Stores, open_stores
from wardwise.hospital.clock import Clock
from wardwise.rehearse.replay.decisions import Configuration
from wardwise.stores.switches import Switches
from wardwise.stores.unreached import UnreachedServers
from wardwise.surfaces.house import House
from wardwise.surfaces.serve import serve
from wardwise.surfaces.web.app import create_app


async def serve_site(
    site: Path,
    data: Path,
    clock: Clock,
    *,
    address: tuple[str, int],
    ready: Callable[[int], None],
    stopped: Callable[[], bool],
) -> None:
    """Serve the site in a folder over a prepared data folder until `stopped` says so."""
    with open_stores(data, DOOR) as stores:
        app = create_app(make_house(stores, configure(site), clock))
        await serve(app, *address, ready=ready, stopped=stopped)


def make_house(stores: Stores, configuration: Configuration, clock: Clock) -> House:
    """What the surfaces are handed. Answers of people are refused, too, while the inbox is not the log's."""
    site, switches = configuration.folder.site.slug, Switches(stores.folder.off)
    stores.inbox.closed = partial(misfit, stores.inbox, stores.log, site)
    return House(
        folder=configuration.folder,
        log=stores.log,
        inbox=stores.inbox,
        artefacts=stores.signed,
        clock=clock,
        workflows=configuration.workflows,
        cookie_key=hmac.digest(stores.keys.token, b"role cookie", "sha256"),
        token_key=stores.keys.token,
        data=stores.folder.path,
        trouble=lambda: stores.trouble() or stores.inbox.closed(),
        absences=stores.absences,
        unreached=UnreachedServers(stores.folder.unreached).read,
        unpublished=UnreachedServers(stores.folder.unpublished).read,
        switched_off=lambda stream: off.says if (off := switches.stream(stream)) is not None else "",
        room=lambda: stores.folder.room,
        snapshots=stores.snapshots(site),
    )
