"""The conservation law of intake: nothing that came in is unaccounted for."""

from dataclasses import dataclass

from wardwise.loop.capture.inbox import INTAKE, Inbox
from wardwise.loop.capture.log import Log, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """received = acknowledged + refused; acknowledged = applied + duplicate + quarantined + pending."""

    received: int
    acknowledged: int
    refused: int
    applied: int
    duplicate: int
    quarantined: int
    pending: int

    @property
    def holds(self) -> bool:
        """Whether every message is accounted for."""
        accounted = self.applied + self.duplicate + self.quarantined + self.pending
        return (
            self.received == self.acknowledged + self.refused and self.acknowledged == accounted and self.pending >= 0
        )

    def figures(self) -> dict[str, int | bool]:
        """The counts by name, and whether the law holds."""
        return {name: getattr(self, name) for name in self.__slots__} | {"holds": self.holds}


def balance_of(inbox: Inbox, log: Log, site: str) -> Balance:
    """The balance of a site's doors. Pending are raws that no worker has dealt with yet."""
    counts = inbox.counts(site)
    dealt = log.dispositions(site)
    applied = dealt.get(Outcome.APPLIED, 0)
    quarantined = dealt.get(Outcome.QUARANTINED, 0)
    return Balance(
        received=counts.received,
        acknowledged=counts.acknowledged,
        refused=counts.refused,
        applied=applied,
        duplicate=counts.duplicate,
        quarantined=quarantined,
        pending=inbox.waiting(site, after=log.offset(site, INTAKE)),
    )
