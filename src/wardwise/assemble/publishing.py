"""The streams that a site publishes to: for each an outbox, a broker, switches and a rhythm of its own."""

from collections.abc import Callable
from pathlib import Path
from random import Random

from wardwise.assemble.databases import open_inbox, open_log, server_for
from wardwise.assemble.doors import misfit_of
from wardwise.assemble.tenure import held_elsewhere, tenancy_of
from wardwise.brokers.sign_in import Files
from wardwise.errors import NotRunnable
from wardwise.feeds.round import Round
from wardwise.govern.runtime.outward import ModeThen, Outward
from wardwise.hospital.clock import Clock
from wardwise.loop.capture.dropped import SOURCE, Dropped
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.inbox import Arrival, Inbox
from wardwise.loop.capture.log import Log
from wardwise.sites.load import load_site
from wardwise.sites.publish import Publish
from wardwise.sites.site import Mode
from wardwise.stores.artefacts import Artefacts, Signed
from wardwise.stores.folder import DataFolder
from wardwise.stores.keys import load_keys
from wardwise.stores.sql.access import Access
from wardwise.stores.switches import Switches
from wardwise.stores.unreached import UnreachedServers
from wardwise.surfaces.stream.outbox import Outbox
from wardwise.surfaces.stream.outlet import Outlet
from wardwise.surfaces.stream.publisher import Publisher

_LONGEST_SECONDS = 5.0  # a broker that is back is noticed within so long
_LOOK_ELSEWHERE_SECONDS = 1.0


def make_publishers(
    site: Path, data: Path, clock: Clock, *, say: Callable[[str], None], stopped: Callable[[], bool]
) -> list[Round]:
    """The rounds of every stream that a site publishes to, from a prepared data folder.

    Raises NotRunnable when a library is not installed.
    """
    described = load_site(site).site
    folder = DataFolder.found(data).require()
    standing = UnreachedServers(folder.unpublished)
    standing.only([each.name for each in described.publish])
    return [
        Round(
            feed=each.name,
            every_seconds=0.0,  # a log that has nothing is looked at again after a moment
            turn=_publisher(described.slug, each, _outlet(site, each), folder, clock, stopped).turn,
            clock=clock,
            standing=standing,
            chance=Random(str(data) + each.name),  # noqa: S311 - to spread, not to hide
            say=say,
            longest_seconds=_LONGEST_SECONDS,
            sort="stream",
        )
        for each in described.publish
    ]


def _publisher(
    site: str, publish: Publish, outlet: Outlet, folder: DataFolder, clock: Clock, stopped: Callable[[], bool]
) -> Publisher:
    server = server_for(folder)
    log, inbox = open_log(folder, server, Access.WRITE), open_inbox(folder, server, Access.WRITE)
    signed = Signed(Artefacts(folder.artefacts), load_keys(folder.keys).public)
    tenancy, unfit = tenancy_of(folder), misfit_of(inbox, folder, site)
    outward = Outward(log, site, _modes_then(log, site, signed))
    return Publisher(
        outbox=Outbox(log, site, publish, outward.mode),
        outlet=outlet,
        drop=lambda dropped: _drop(inbox, site, dropped, clock),
        clock=clock,
        off=_off(publish, folder, clock, unfit=unfit, elsewhere=lambda: held_elsewhere(tenancy, folder, site)),
        stopped=stopped,
    )


def _modes_then(log: Log, site: str, signed: Signed) -> ModeThen:
    """Loaded when it is asked for the first time: streams without predictions never need what it reads tables with."""
    made: list[ModeThen] = []

    def mode(workflow: str, unit: str | None, event: Event) -> Mode:
        if not made:
            from wardwise.assemble.modes_then import ModesThen  # noqa: PLC0415

            made.append(ModesThen(log, site, signed))
        return made[0](workflow, unit, event)

    return mode


def _drop(inbox: Inbox, site: str, dropped: Dropped, clock: Clock) -> None:
    """Leave it for the worker, the only writer of events, as answers of people are left."""
    now, named = clock.now(), dropped.control_id
    arrival = Arrival(
        site=site, source=SOURCE, listener="publish", control_id=named, body=dropped.body, received_at=now
    )
    inbox.receive([arrival])


def _off(
    publish: Publish, folder: DataFolder, clock: Clock, *, unfit: str, elsewhere: Callable[[], str]
) -> Callable[[], str]:
    """Why nothing of a stream may go out now; asked before each message, the database once a second."""
    switches, looked, found = Switches(folder.off), float("-inf"), ""

    def off() -> str:
        nonlocal looked, found
        switched = switches.stream(publish.name)
        if switched is not None:
            return switched.says
        # On a full disk the place could not be kept, and the same events would go out again and again.
        if trouble := unfit or folder.room.trouble:
            return trouble
        if clock.elapsed() - looked >= _LOOK_ELSEWHERE_SECONDS:
            looked, found = clock.elapsed(), elsewhere()
        return found

    return off


def _outlet(site: Path, publish: Publish) -> Outlet:
    stream, files = publish.stream, Files(site)
    try:
        # Imported one by one: extras, and a site seldom needs both.
        if stream.kafka is not None:
            from wardwise.surfaces.stream.kafka import KafkaOutlet  # noqa: PLC0415

            return KafkaOutlet(stream.kafka, files)
        from wardwise.surfaces.stream.jetstream import JetStreamOutlet  # noqa: PLC0415

        assert stream.nats is not None  # noqa: S101 - the site's own checks see to it
        return JetStreamOutlet(stream.nats, files)
    except ImportError as absence:
        raise NotRunnable(
            what=f"publishing to the stream {publish.name}",
            why="its library is not installed",
            remedy="Install `wardwise[streams]`.",
        ) from absence
