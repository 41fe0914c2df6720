"""What is away: a process of the service that ended or gave no sign of life, a server that does not answer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

WORKER, MLLP, HTTP = "worker", "mllp", "http"
# Only where the site asks FHIR servers, fetches files or rows, reads streams, or publishes to some.
FHIR, FETCH, STREAMS, PUBLISH = "fhir", "fetch", "streams", "publish"
PROCESSES = (WORKER, MLLP, HTTP, FHIR, FETCH, STREAMS, PUBLISH)


class Why(StrEnum):
    """What its supervisor saw of it."""

    ENDED = "ended"
    SILENT = "silent"  # it runs and does nothing: stopped, stuck, or no longer listening


@dataclass(frozen=True, slots=True)
class Absence:
    """The last absence of a process, in hospital time; `until` None: it is away still."""

    process: str
    why: Why
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unreached:
    """The server of a feed, or the broker of a stream, that does not answer now: why, since when."""

    feed: str
    why: str
    since: datetime
