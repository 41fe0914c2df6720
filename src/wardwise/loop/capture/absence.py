"""A process of the service that is away, or was: it ended, or gave no sign of life."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

WORKER, MLLP, HTTP, FHIR = "worker", "mllp", "http", "fhir"  # fhir only where the site asks a server
PROCESSES = (WORKER, MLLP, HTTP, FHIR)


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
