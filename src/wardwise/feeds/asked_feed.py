"""A feed that is asked instead of told: its answers go to the inbox, and now and then that nothing was new."""

import hashlib
from dataclasses import dataclass

from wardwise.hospital.clock import Clock
from wardwise.hospital.moment import iso
from wardwise.loop.capture.inbox import Arrival, Inbox

HEARTBEAT_SECONDS = 60.0


@dataclass(slots=True)
class AskedFeed:
    """One feed of a site, heard through `listener`. Not safe for threads."""

    site: str
    name: str
    listener: str
    inbox: Inbox
    clock: Clock
    _stored_at: float | None = None

    def store(self, body: bytes, *, of: str) -> None:
        """Store an answer; one `of` the same with the same bytes is known for a duplicate. Raises StoreUnavailable."""
        self._receive(body, f"{of}:{hashlib.sha256(body).hexdigest()[:24]}")

    def beat(self, body: bytes, *, of: str) -> None:
        """Store an answer without anything new, unless one was stored within the minute: silence would look like a feed
        that stopped. Raises StoreUnavailable.
        """
        if self._stored_at is None or self.clock.elapsed() - self._stored_at >= HEARTBEAT_SECONDS:
            self._receive(body, f"{of}:{iso(self.clock.now())}")

    def _receive(self, body: bytes, control_id: str) -> None:
        arrival = Arrival(
            site=self.site,
            source=self.name,
            listener=self.listener,
            control_id=control_id,
            body=body,
            received_at=self.clock.now(),
        )
        self.inbox.receive([arrival])
        self._stored_at = self.clock.elapsed()
