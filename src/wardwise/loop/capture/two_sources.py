"""How facts of a second source are marked in the log, and how one is taken into use or out of it."""

from dataclasses import replace

from wardwise.loop.capture.event import Draft, Event, Status
from wardwise.loop.capture.ids import derived_id

SECOND = "second-source"
TOLD_AS = "told-as-"
ONE_WITHIN = "one-fact-within-"  # minutes: so far apart the first tells the same fact of a stay
IN_USE = "second-source-in-use"
OUT_OF_USE = "first-source-out"
SOURCE = "wardwise/two-sources"


def marked(draft: Draft, *more: str) -> Draft:
    """A fact of the second source as it enters: doubtful, with the status that it was told with."""
    flags = (*draft.flags, SECOND, f"{TOLD_AS}{draft.status.value}", *more)
    return replace(draft, status=Status.SUSPECT, flags=flags)


def stands_by(event: Event) -> tuple[int, str] | None:
    """(minutes within which the first tells the same, status it was told with) of a stay's fact of the second source.

    None for any other event.
    """
    if SECOND not in event.flags:
        return None
    minutes, status = _flagged(event, ONE_WITHIN), _flagged(event, TOLD_AS)
    return (int(minutes), status) if minutes and status else None


def taken(event: Event, letter: str) -> Draft | None:
    """A fact of the second source as it counts now: with the status it was told with; None for any other event.

    Its id is a hash of the fact's id alone, so it is the same whenever it is made. A correction replaces what was
    made of the fact that it corrects.
    """
    told = _flagged(event, TOLD_AS)
    if SECOND not in event.flags or not told:
        return None
    before = _id(event.supersedes, event.kind, letter, "taken") if event.supersedes else None
    return replace(_copy(event, letter, "taken"), status=Status(told), supersedes=before, flags=(IN_USE,))


def put_aside(event: Event, letter: str) -> Draft | None:
    """A fact of the first source that counts no longer; None for one that never did."""
    if event.status in {Status.SUSPECT, Status.CANCELLED}:
        return None
    return replace(_copy(event, letter, "aside"), status=Status.SUSPECT, supersedes=event.id, flags=(OUT_OF_USE,))


def _copy(event: Event, letter: str, how: str) -> Draft:
    return Draft(
        id=_id(event.id, event.kind, letter, how),
        kind=event.kind,
        version=event.version,
        occurred_at=event.occurred_at,
        source=SOURCE,
        about=event.about,
        sequence=event.sequence,
        confidence=event.confidence,
        caused_by=(event.id,),
        payload=event.payload,
    )


def _flagged(event: Event, begins: str) -> str:
    return next((flag.removeprefix(begins) for flag in event.flags if flag.startswith(begins)), "")


def _id(event: str, kind: str, letter: str, how: str) -> str:
    return derived_id(letter, kind=kind, workflow="two-sources", entity=event, position=0, cause=how)
