"""The state of a site at the head of its log, looked at without a running service."""

from wardwise.assemble.site import configuration_in_use
from wardwise.assemble.stores import Stores
from wardwise.hospital.moment import iso
from wardwise.loop.capture.instant import Instant
from wardwise.loop.derive.history import History
from wardwise.loop.derive.state.findings import findings
from wardwise.loop.derive.view import View


def head_view(stores: Stores, site: str) -> View:
    """What is known at the head of a site's log, under the configuration in use."""
    head = stores.log.head(site)
    history = History(stores.log, site, since=head.recorded_at, snapshots=stores.snapshots(site))
    folder = configuration_in_use(stores, site).folder
    return View(folder, Instant(head.recorded_at, head.position), history, stores.signed)


def findings_of(stores: Stores, site: str) -> list[dict[str, object]]:
    """The findings that stand, as rows for people and machines."""
    return [
        {
            "code": each.code,
            "about": each.about,
            "unit": each.unit,
            "since": iso(each.since),
            "feed": each.feed,
            "steward": each.steward,
            "events": list(each.events),
        }
        for each in findings(head_view(stores, site))
    ]
