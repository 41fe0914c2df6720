"""What is away: a process of the service that ended or gave no sign of life, a server that does not answer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

WORKER, MLLP, HTTP = "worker", "mllp", "http"
# Only where the site asks FHIR servers, fetches files or rows, or reads streams.
FHIR, FETCH, STREAMS = "fhir", "fetch", "streams"
PROCESSES = (WORKER, MLLP, HTTP, FHIR, FETCH, STREAMS)


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
    """The server of a feed that does not answer now: why, and since when in hospital time."""

    feed: str
    why: str
    since: datetime
