"""What does not fit together in the records of patients and staff, each with the steward who is to look into it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from wardwise.loop.capture.two_sources import SOURCE
from wardwise.loop.derive.state.intake_findings import intake_findings
from wardwise.loop.derive.state.patient_findings import patient_findings
from wardwise.loop.derive.state.raised import Raised
from wardwise.loop.derive.state.staff_findings import staff_findings
from wardwise.loop.derive.view import View
from wardwise.sites.two_sources import STAYS

NOBODY = "nobody is named for this source"
_FINDERS: tuple[Callable[[View], Iterable[Raised]], ...] = (patient_findings, staff_findings, intake_findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One exception: a code, whom or what it is about (tokens and keys), since when, and the steward it goes to.

    `events` are the events that show it, as far as single events do.
    """

    code: str
    about: str
    unit: str | None
    feed: str
    steward: str
    since: datetime
    events: tuple[str, ...]


def findings(view: View) -> list[Finding]:
    """Every finding that stands at the view's instant, the newest first."""
    return view.keep("findings", lambda seen: sorted(_all(seen), key=_newest))


def _all(view: View) -> Iterator[Finding]:
    for find in _FINDERS:
        for raised in find(view):
            name = _teller(view, raised.source)
            feed = view.folder.site.feed(name)
            yield Finding(
                code=raised.code,
                about=raised.about,
                unit=raised.unit,
                feed=name,
                steward=NOBODY if feed is None else feed.steward,
                since=raised.since,
                events=raised.events,
            )


def _teller(view: View, source: str) -> str:
    """The feed behind a source: what was taken into use of a second source is that feed's word."""
    seconds = (pair.second for pair in view.folder.site.two_sources if pair.kind == STAYS)
    return next(seconds, source) if source == SOURCE else source


def _newest(finding: Finding) -> tuple[float, str, str]:
    return -finding.since.timestamp(), finding.code, finding.about
