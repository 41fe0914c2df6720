"""The reader of what was not published: an event that says so, and for what a broker refused an incident besides."""

from dataclasses import dataclass
from datetime import datetime

from wardwise.errors import ImpossibleValue, NotFound
from wardwise.feeds.reading import Quarantine, Reading
from wardwise.loop.capture.dropped import SOURCE, Dropped, Dropping
from wardwise.loop.capture.event import Draft, Event
from wardwise.loop.capture.ids import derived_id, shown
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.log import Log


@dataclass(frozen=True, slots=True)
class DroppedReader:
    """`Reader` of the records of the process that publishes. The ids hang on stream and event alone."""

    log: Log
    site: str

    def read(self, raw: Raw, now: datetime) -> Reading:
        """One `publication.dropped`, about whom its event is; a quarantine where that event is not in the log."""
        del now
        try:
            dropped = Dropped.of(raw.arrival.body)
            event = self.log.find(self.site, dropped.event)
        except ImpossibleValue as fault:
            what, remedy = str(fault.facts["what"]), str(fault.facts["remedy"])
            return Reading(quarantine=Quarantine("bad-record", what, remedy))
        except NotFound:
            remedy = "Nothing is to be done where the log was restored from a backup; else report this as a fault."
            return Reading(quarantine=Quarantine("unknown-event", "what it names is not in this site's log", remedy))
        told = _told(raw, dropped, event)
        return Reading((told, _incident(raw, dropped, event)) if dropped.why is Dropping.REFUSED else (told,))


def _told(raw: Raw, dropped: Dropped, event: Event) -> Draft:
    kind = "publication.dropped"
    return Draft(
        id=derived_id("g", kind=kind, workflow="publish", entity=dropped.stream, position=0, cause=event.id),
        kind=kind,
        occurred_at=raw.arrival.received_at,
        source=SOURCE,
        raw=raw.id,
        about=event.about,
        caused_by=(event.id,),
        payload={"stream": dropped.stream, "event": event.id, "why": dropped.why.value, "says": dropped.says},
    )


def _incident(raw: Raw, dropped: Dropped, event: Event) -> Draft:
    """One for a stream and day: what is refused later that day belongs to it."""
    kind, at = "incident.opened", raw.arrival.received_at
    where = f"{event.site}/{dropped.stream}"  # sites may publish their incidents to one stream
    day = f"refused on {at:%Y-%m-%d}"
    what = f"the broker of stream {dropped.stream} refused {event.kind} {shown(event.id)} for good ({dropped.says})"
    return Draft(
        id=derived_id("g", kind=kind, workflow="publish", entity=where, position=0, cause=day),
        kind=kind,
        occurred_at=at,
        source=SOURCE,
        raw=raw.id,
        caused_by=(event.id,),
        payload={
            "what": f"{what}; it is left out, what comes after it is published",
            "severity": "degraded",
            "where": f"stream {dropped.stream}: refused",
            "owner": dropped.owner,
        },
    )
