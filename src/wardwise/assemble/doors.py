"""The MLLP door of a site. It reads site.yaml for senders only; mappings are the worker's business."""

from collections.abc import Callable
from pathlib import Path

from wardwise.feeds.hl7v2.door import MllpDoor
from wardwise.feeds.hl7v2.reception import Reception
from wardwise.feeds.hl7v2.routing import Routing
from wardwise.hospital.clock import Clock
from wardwise.sites.load import load_site
from wardwise.stores.envelope import load_envelope
from wardwise.stores.folder import DataFolder
from wardwise.stores.sqlite.inbox import SqliteInbox


def make_mllp_door(site: Path, data: Path, clock: Clock, *, failed: Callable[[], None]) -> MllpDoor:
    """The door of the site in a folder, storing into a prepared data folder."""
    described = load_site(site).site
    folder = DataFolder.found(data)
    inbox = SqliteInbox(folder.inbox, envelope=load_envelope(folder.keys))
    return MllpDoor(inbox, Reception(described.slug, "mllp", Routing.of(described.feeds)), clock, failed=failed)
