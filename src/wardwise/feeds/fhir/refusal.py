"""Why a FHIR server did not answer, and how long it asks to be left alone. Never its words: they may name patients."""

from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx

from wardwise.errors import WardwiseError

_LONGEST_SECONDS = 3_600.0


class Refused(WardwiseError):
    """The server did not give {what}: {why}. It is asked again by itself."""

    exit_code = 38

    @property
    def wait(self) -> float | None:
        """Seconds after which it may be asked again, where the server says so."""
        told = self.facts["wait"]
        return told if isinstance(told, float) else None


def refusal_of(answer: httpx.Response, what: str) -> Refused:
    """The refusal that an answer is."""
    return Refused(what=what, why=f"it answered with status {answer.status_code}", wait=_wait(answer))


def _wait(answer: httpx.Response) -> float | None:
    """Retry-After as seconds or as a date, against the server's own Date; an hour at most."""
    told = answer.headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdigit():
        return min(float(told), _LONGEST_SECONDS)
    until, now = _date(told), _date(answer.headers.get("Date", ""))
    if until is None or now is None:
        return None
    return min(max((until - now).total_seconds(), 0.0), _LONGEST_SECONDS)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None
