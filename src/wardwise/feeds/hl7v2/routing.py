"""Which feed a message belongs to: by who sent it (MSH-3, MSH-4) and its type (MSH-9.1)."""

from collections.abc import Sequence
from dataclasses import dataclass

from wardwise.feeds.hl7v2.address import Address
from wardwise.feeds.hl7v2.message import Message
from wardwise.sites.feed import Feed, FeedKind

UNKNOWN = "unknown-sender"  # kept and acknowledged, then quarantined: people must see that somebody new speaks

_APPLICATION = Address.parse("MSH-3.1")
_FACILITY = Address.parse("MSH-4.1")
_TYPE = Address.parse("MSH-9.1")


@dataclass(frozen=True, slots=True)
class Routing:
    """The HL7 v2 feeds of a site."""

    feeds: tuple[Feed, ...]

    @classmethod
    def of(cls, feeds: Sequence[Feed]) -> "Routing":
        """The routing of those feeds of a site that speak HL7 v2."""
        return cls(tuple(feed for feed in feeds if feed.kind is FeedKind.HL7V2))

    def feed(self, message: Message) -> Feed | None:
        """The feed, None for a sender or type that none declares."""
        sender = message.text(_APPLICATION), message.text(_FACILITY)
        kind = message.text(_TYPE)
        for feed in self.feeds:
            if _sends(feed, sender) and (not feed.messages or kind in feed.messages):
                return feed
        return None


@dataclass(frozen=True, slots=True)
class OneFeed:
    """A way in that belongs to one feed: whatever comes by it is this feed's."""

    only: Feed

    def feed(self, _message: Message) -> Feed:
        """The feed."""
        return self.only


def _sends(feed: Feed, sender: tuple[str, str]) -> bool:
    declared = feed.sender
    if declared is None or declared.application != sender[0]:
        return False
    return declared.facility is None or declared.facility == sender[1]
