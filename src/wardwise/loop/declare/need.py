"""What a workflow demands of the log: checked against the feeds' contracts when a site is loaded."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Need:
    """Events of a kind, no older than `within`, seen back to `lookback`; `why` is for people.

    Without `fields` every field counts.
    """

    kind: str
    why: str
    lookback: timedelta
    within: timedelta | None = None
    feed: str | None = None
    required: bool = True
    fields: tuple[str, ...] = ()
