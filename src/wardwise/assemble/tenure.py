"""The right to write a site, for as long as a process works on it."""

import os
import platform
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from wardwise.assemble.databases import server_for
from wardwise.assemble.stores import Stores
from wardwise.errors import NotAllowed, StoreUnavailable
from wardwise.loop.capture.log import Lease
from wardwise.stores.folder import DataFolder
from wardwise.stores.place import folder_name

if TYPE_CHECKING:
    from wardwise.stores.postgres.tenancy import Tenancy

_LOOK_SECONDS = 0.5


def holder(what: str) -> str:
    """This process as others are told of it."""
    return f"{what} {os.getpid()} on {platform.node()}"


def worker_of(stores: Stores) -> tuple[str, str]:
    """The worker of a service as others are told of it, and the part of it that all workers of its data folder have.

    One service at a time runs on a folder, and has one worker: whoever held a site by that part has ended.
    """
    ours = _part_of(stores.folder)
    return f"{holder('worker')} {ours}".rstrip(), ours


def tenancy_of(folder: DataFolder) -> "Tenancy | None":
    """Who holds which site, where a server keeps that; None for files, where one data folder has one service."""
    server = server_for(folder)
    if server is None:
        return None
    from wardwise.stores.postgres.tenancy import Tenancy  # noqa: PLC0415 - an extra

    return Tenancy(server)


def held_elsewhere(tenancy: "Tenancy | None", folder: DataFolder, site: str) -> str:
    """Why what goes out for a site is another service's to send: its worker holds it. Raises StoreUnavailable."""
    if tenancy is None:
        return ""
    now = tenancy.holder(site)
    if now is not None and now.seconds > 0 and _part_of(folder) in now.name:
        return ""
    return "the worker of this service does not hold the site"


def _part_of(folder: DataFolder) -> str:
    name = folder_name(folder.path)
    return f"(data folder {name})" if name else ""


def at_once() -> bool:
    """Do not wait for a site that somebody else holds."""
    return False


@contextmanager
def tenure(
    stores: Stores,
    site: str,
    name: str,
    *,
    heir_of: str = "",
    wait: Callable[[], bool] = at_once,
    lost: Callable[[], object] = at_once,
) -> Iterator[Lease]:
    """The site's lease; on a server it is renewed meanwhile and let go at the end.

    While another process holds the site, `wait` is asked whether to go on waiting; when it says no, NotAllowed is
    raised and names the holder. Not waited for is one whose name holds `heir_of`: it has ended. `lost` is called, from
    another thread, when the lease could not be kept up: what the process still appends is refused then.
    """
    if stores.server is None:  # one data folder, one service: the folder's own lock has seen to it
        yield stores.log.lease(site, name)
        return
    from wardwise.stores.postgres.tenancy import Tenancy  # noqa: PLC0415 - an extra

    tenancy = Tenancy(stores.server)
    try:
        lease = _held(tenancy, site, name, heir_of=heir_of, wait=wait)
        over = threading.Event()
        keeper = threading.Thread(target=_renew, args=(tenancy, lease, over, lost), name="lease", daemon=True)
        keeper.start()
        try:
            yield lease
        finally:
            over.set()
            keeper.join()
            with suppress(StoreUnavailable):
                tenancy.let_go(lease)
    finally:
        tenancy.close()


def _held(tenancy: "Tenancy", site: str, name: str, *, heir_of: str, wait: Callable[[], bool]) -> Lease:
    while (lease := tenancy.hold(site, name, heir_of=heir_of)) is None:
        if not wait():
            now = tenancy.holder(site)
            raise NotAllowed(
                what=f"Writing to site {site}",
                why=f"{now.name if now else 'another process'} holds it",
                remedy="Stop that service first, or leave the work to it.",
            )
        time.sleep(_LOOK_SECONDS)
    return lease


def _renew(tenancy: "Tenancy", lease: Lease, over: threading.Event, lost: Callable[[], object]) -> None:
    """Renew until it is over. A server that is away for a moment is asked again until the term has ended."""
    from wardwise.stores.postgres.tenancy import RENEW_SECONDS, TERM_SECONDS  # noqa: PLC0415 - an extra

    renewed = time.monotonic()
    while not over.wait(RENEW_SECONDS):
        begun = time.monotonic()
        try:
            kept = tenancy.renew(lease)
        except StoreUnavailable:
            kept = begun - renewed < TERM_SECONDS
        else:
            renewed = begun
        if not kept:
            lost()
            return
