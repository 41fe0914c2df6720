"""Take over a site: go on where the log says the worker before stopped."""

from datetime import datetime, timedelta

from wardwise.assemble.site import take_effect
from wardwise.assemble.stores import Stores
from wardwise.assemble.tenure import holder
from wardwise.assemble.worker import Bench, make_bench
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.log import Lease, Selection
from wardwise.loop.derive.history import History
from wardwise.loop.derive.lookback import lookbacks
from wardwise.loop.derive.state import ledger
from wardwise.loop.estimate.prediction import seen_of
from wardwise.loop.verify.docket import Docket
from wardwise.rehearse.replay.decisions import Configuration
from wardwise.run.agenda import Agenda
from wardwise.run.worker import Worker

_PAGE = 10_000
_MISSED = timedelta(hours=24)  # what happened while nobody worked still wakes workflows up to this age


def resume(stores: Stores, configuration: Configuration, now: datetime, *, lease: Lease | None = None) -> Worker:
    """Record the configuration, and put a worker together from what the log holds; takes a lease when given none."""
    site = configuration.folder.site.slug
    stores.refuse_misfit(site)
    lease = lease or stores.log.lease(site, holder("worker"))
    take_effect(stores, lease, configuration, now)
    bench = make_bench(stores, configuration)
    workflows = configuration.workflows.values()
    back = lookbacks(workflows, configuration.folder.contracts.values(), configuration.folder.site.repeats)
    history = History(stores.log, site, since=now, lookback=back, snapshots=stores.snapshots(site))
    history.follow(ledger.NAME, ledger.opened)
    docket = Docket(workflows)
    longest = max((kpi.longest for flow in workflows for kpi in flow.stages.kpis), default=timedelta())
    docket.add(_since(stores, site, Selection(kinds=docket.kinds, occurred_from=now - longest)))
    return Worker(bench, lease, history, docket, _agenda(stores, bench, now))


def _agenda(stores: Stores, bench: Bench, now: datetime) -> Agenda:
    site = bench.folder.site.slug
    made = Selection(kinds=frozenset({"prediction.made"}), occurred_from=now - _MISSED)
    last: dict[str, datetime] = {}
    seen: dict[str, int] = {}
    for event in _since(stores, site, made):
        name = str(event.payload["workflow"])
        instant = seen_of(event)
        last[name], seen[name] = instant.at, instant.position
    agenda = Agenda(bench.workflows, last, seen)
    woken = Selection(kinds=agenda.kinds, occurred_from=now - _MISSED)
    agenda.note(_since(stores, site, woken))
    return agenda


def _since(stores: Stores, site: str, where: Selection) -> list[Event]:
    found: list[Event] = []
    after = 0
    while page := stores.log.read(site, after=after, where=where, limit=_PAGE):
        found += page
        after = page[-1].position
    return found
