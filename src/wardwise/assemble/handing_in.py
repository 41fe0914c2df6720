"""What a person says on the command line: stored in the inbox like an answer from the board, for the worker to read."""

from collections.abc import Mapping
from datetime import datetime
from secrets import token_hex

from wardwise.assemble.stores import Stores
from wardwise.errors import NotRunnable
from wardwise.hospital.role import Role
from wardwise.loop.capture.canonical import canonical
from wardwise.loop.capture.inbox import Arrival
from wardwise.loop.derive.view import View
from wardwise.sites.broken import nearest
from wardwise.sites.contract import Contract
from wardwise.sites.feed import FeedKind


def hand_in(stores: Stores, view: View, body: Mapping[str, str], now: datetime) -> None:
    """Store a body under the site's feed of kind board; raises NotRunnable where it has none."""
    feed = next((feed.name for feed in view.folder.site.feeds if feed.kind is FeedKind.BOARD), None)
    if feed is None:
        why, remedy = "the site has no feed to record it with", "Add a feed of kind board to site.yaml."
        raise NotRunnable(what="contract", why=why, remedy=remedy)
    arrival = Arrival(
        site=view.site,
        source=feed,
        listener="command line",
        control_id=token_hex(16),
        body=canonical(dict(body)),
        received_at=now,
    )
    stores.inbox.receive([arrival])


def refuse_other_roles(contract: Contract, role: str) -> None:
    """Raise NotRunnable for a role that may not speak for the steward of a feed."""
    if role not in contract.stewards:
        may = ", ".join(each.value for each in contract.stewards) or "nobody; name roles in `stewards` of the contract"
        remedy = f"It is for: {may}. {nearest(role, [each.value for each in Role])}"
        why = f"the role {role} may not speak for the steward of {contract.feed}"
        raise NotRunnable(what="contract", why=why, remedy=remedy)
