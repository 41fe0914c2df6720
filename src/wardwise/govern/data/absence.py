"""Absence: a process of the service that does not run or does not answer, its return, and the incident of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from wardwise.govern.data.incident import incident, opened_lately
from wardwise.hospital.moment import iso
from wardwise.loop.capture.absence import Absence, Why
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.derive.view import View

SOURCE = "wardwise/supervisor"
AWAY, BACK = "away", "back"


def absence_changes(view: View, absences: Sequence[Absence]) -> Iterator[Draft]:
    """A `process.away` for each absence and each return that the log does not hold yet, and its incident.

    `absences` is the last of each process. One that the log still holds as away and the roll no longer does ended with
    the service: it was started anew.
    """
    told = _told(view)
    now = {each.process: each for each in absences}
    for process in sorted({*told, *now}):
        state, since = told.get(process, (BACK, None))
        absence = now.get(process, Absence(process, Why.ENDED, since or view.instant.at, view.instant.at))
        if absence.since != since:
            yield from _begun(view, absence)
            state = AWAY
        if state == AWAY and absence.until is not None:
            yield _draft(absence, at=absence.until, state=BACK)


def _told(view: View) -> dict[str, tuple[str, datetime]]:
    """What the log last said of each process, in the order it was told: its state, and since when it was away."""
    rows = view.table("process.away").sort("position").iter_rows(named=True)
    return {row["process"]: (row["state"], row["since"]) for row in rows}


def _begun(view: View, absence: Absence) -> Iterator[Draft]:
    away = _draft(absence, at=absence.since, state=AWAY)
    yield away
    where = f"process {absence.process}"
    if not opened_lately(view, where):
        payload = {
            "what": f"the {absence.process} process was away: {absence.why}",
            "severity": "degraded",
            "where": where,
            "owner": responsible(view),
        }
        yield incident(away, payload, by="doors", source=SOURCE)


def responsible(view: View) -> str:
    """Who answers for the software here, as the workflows' owners say; the site itself where nobody does."""
    site = view.folder.site
    names = {settings.owners.engineering for settings in site.workflows.values()}
    return ", ".join(sorted(names)) or site.title


def _draft(absence: Absence, *, at: datetime, state: str) -> Draft:
    entity = f"{absence.process} {state}"
    return Draft(
        id=derived_id("g", kind="process.away", workflow="doors", entity=entity, position=0, cause=iso(at)),
        kind="process.away",
        occurred_at=at,
        source=SOURCE,
        payload={
            "process": absence.process,
            "state": state,
            "since": iso(absence.since),
            "why": absence.why.value,
        },
    )
