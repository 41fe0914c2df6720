"""Why a FHIR server did not answer, and how long it asks to be left alone. Never its words: they may name patients."""

import ssl
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx

from wardwise.errors import WardwiseError

_LONGEST_SECONDS = 3_600.0
# OpenSSL's numbers of what is wrong with a certificate
_WRONG = {
    9: "is not good yet",
    10: "has ended",
    62: "is for another host",
    64: "is for another host",
}


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


def failure_of(fault: BaseException, what: str) -> Refused:
    """The refusal that a connection which failed is; what is wrong with a certificate is said."""
    cause: BaseException | None = fault
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return Refused(what=what, why=f"the connection failed ({type(fault).__name__})", wait=None)
    wrong = _WRONG.get(cause.verify_code, "is signed by nobody we know: name the file of its `authority`")
    return Refused(what=what, why=f"its certificate {wrong}", wait=None)


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
