"""One `emit` of a mapping at work: from what is seen to a draft."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Generic

from wardwise.feeds.mapped.ground import NULL, Ground, S
from wardwise.feeds.mapped.measured import measured_of
from wardwise.feeds.mapped.notes import Notes, Origin
from wardwise.feeds.mapped.person import person_of
from wardwise.feeds.mapped.plausible import (
    LATE,
    MEASUREMENTS,
    RETRO_DATED,
    check_birth,
    check_time,
    judge,
    of_this_century,
)
from wardwise.feeds.mapped.text import condition_of
from wardwise.feeds.mapped.time import instant_of
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.feeds.mapped.typed import ABSENT
from wardwise.feeds.mapped.value import Value, value_of
from wardwise.hospital.place import bed_of, is_slug
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import About, Draft, Status
from wardwise.loop.capture.ids import event_id
from wardwise.loop.capture.kinds import kind_of
from wardwise.sites.emit import About as AboutSources
from wardwise.sites.emit import Emit

STATE = "state:"  # the flag that names a state by its key: told again it is dropped, changed it replaces nothing
FACT = "fact:"  # the flag that names a fact by its key, so that the log alone tells what a later event replaces
COVERS = "covers:"  # the flag of a full file's facts: which list and day they belong to
UNNAMED = "patient-unnamed", "encounter-unnamed", "staff-unnamed"
TARGET_UNNAMED = "target-time-unknown"
BED_UNREADABLE = "bed-unreadable"
BED_UNKNOWN = "bed-unknown"  # kept as told: a trolley in the corridor is a place too

_LATEST_VERSION = 1
_ORDER = re.compile(r"[0-9]{1,15}")


class Emitter(Generic[S]):
    """Made once for each emit of a mapping."""

    def __init__(self, emit: Emit, ground: Ground[S]) -> None:
        """Raises UnknownKind for a kind that is not in the catalogue."""
        self._kind = kind_of(emit.kind, _LATEST_VERSION)
        self._conditions = [condition_of(each, ground) for each in emit.when]
        self._when = instant_of(emit.occurred_at, ground)
        self._about = about_of(emit.about, ground)
        self._payload = [(name, value_of(source, ground)) for name, source in emit.payload.items()]
        self._measured = measured_of(emit.measured, ground) if emit.measured else None
        self._status = value_of(emit.status, ground) if emit.status else None
        self._sequence = value_of(emit.sequence, ground) if emit.sequence else None
        self._named = STATE if emit.state_key else FACT
        self._fact = [ground.place(place) for place in emit.state_key or emit.fact_key]
        self._tokens = ground.tokens
        self._born = ground.born
        self._two_digit_years = ground.two_digit_years

    def draft(self, seen: S, notes: Notes, *, origin: Origin, index: int) -> Draft | None:
        """The event of what is seen, None where a condition does not hold.

        Raises Unreadable, UnknownCode (the whole message is to be set aside) or PassedOver.
        """
        for holds in self._conditions:
            if not holds(seen):
                return None
        notes.begin()
        at = self._occurred(seen, notes, origin)
        about = self._about(seen, notes)
        payload = self._content(seen, notes, origin)
        draft = Draft(
            id=event_id(self._kind.letter, raw=origin.raw, index=index, mapping=origin.mapping),
            kind=self._kind.name,
            version=self._kind.version,
            occurred_at=at,
            source=origin.source,
            raw=origin.raw,
            about=about,
            payload=payload,
            sequence=self._order(seen, notes),
            status=self._said(seen, notes, payload),
            flags=self._flags(seen, notes, origin, at),
        )
        self._check(draft)
        return draft

    def _occurred(self, seen: S, notes: Notes, origin: Origin) -> datetime:
        at = self._when(seen, notes)
        if at is None:
            raise Unreadable(
                "no-time",
                f"nothing says to the minute when this {self._kind.name} happened",
                "Ask the sender for the time, or name another place in `occurred_at` of the mapping.",
            )
        check_time(at, now=origin.now, born=self._born(seen))
        return at

    def _content(self, seen: S, notes: Notes, origin: Origin) -> dict[str, Json]:
        payload: dict[str, Json] = {}
        for name, value in self._payload:
            found = value(seen, notes)
            if found is not ABSENT:
                payload[name] = found
        if self._measured is not None:
            payload.update(self._measured(seen, notes))
        if self._two_digit_years:
            of_this_century(payload, now=origin.now)
        check_birth(payload, now=origin.now)
        if self._kind.name == "stay.cancelled" and payload.get("target_occurred_at") is None:
            notes.flags.append(TARGET_UNNAMED)
        return payload

    def _said(self, seen: S, notes: Notes, payload: dict[str, Json]) -> Status:
        found = self._status(seen, notes) if self._status else ABSENT
        status = _status(found) if isinstance(found, str) else Status.FINAL
        if status is Status.CANCELLED:
            return status
        judge(self._kind.name, payload, notes)
        return Status.SUSPECT if notes.doubted else status

    def _order(self, seen: S, notes: Notes) -> int:
        if self._sequence is None:
            return 0
        found = self._sequence(seen, notes)
        return int(found) if isinstance(found, int | str) and _ORDER.fullmatch(str(found)) else 0

    def _flags(self, seen: S, notes: Notes, origin: Origin, at: datetime) -> tuple[str, ...]:
        flags = [*origin.flags, *notes.flags]
        if self._kind.name in MEASUREMENTS and origin.now - at > LATE:
            flags.append(RETRO_DATED)
        if self._fact:
            texts = tuple("" if (text := look(seen)) == NULL else text for look in self._fact)
            if any(texts):
                flags.append(self._named + self._tokens.fact(self._kind.name, (origin.source, *texts)))
        return tuple(dict.fromkeys(flags)) if flags else ()

    def _check(self, draft: Draft) -> None:
        if draft.about.patient is not None and draft.payload.get("merged_patient") == draft.about.patient:
            raise Unreadable("merge-with-itself", "a patient is merged with the same patient", "Ask the sender.")
        problems = self._kind.problems(draft)
        if problems:
            self._check_about(draft.about)
            raise Unreadable("not-of-its-kind", "; ".join(problems), "Correct the mapping; then read the raw again.")

    def _check_about(self, about: About) -> None:
        for key in self._kind.about:
            if getattr(about, key) is None:
                remedy = f"Ask the sender for it, or name its place in `about.{key}` of the mapping."
                raise Unreadable(f"no-{key}", f"nothing says which {key} this {self._kind.name} is about", remedy)


def about_of(sources: AboutSources, ground: Ground[S]) -> Callable[[S, Notes], About]:
    """The evaluation of whom and where; a bed without a unit is left out, one the unit does not have is flagged.

    Somebody whom the mapping asks for and the message does not name is flagged.
    """
    asked = sources.patient, sources.encounter, sources.staff
    patient, encounter, staff = (
        person_of(token, value_of, ground) if token is not None else _nobody for token in asked
    )
    unnamed = [(place, flag) for place, flag in enumerate(UNNAMED) if asked[place] is not None]
    where = _where(sources, ground)

    def evaluate(seen: S, notes: Notes) -> About:
        who = patient(seen, notes), encounter(seen, notes), staff(seen, notes)
        for place, flag in unnamed:
            if who[place] is None:
                notes.flags.append(flag)
        unit, bed = where(seen, notes)
        return About(unit, bed, *who)

    return ground.once_a_visit(evaluate, sources)


def _nobody(_seen: object, _notes: Notes) -> None:
    return None


def _where(sources: AboutSources, ground: Ground[S]) -> Callable[[S, Notes], tuple[str | None, str | None]]:
    unit = value_of(sources.unit, ground) if sources.unit else None
    bed = value_of(sources.bed, ground) if sources.bed else None

    def evaluate(seen: S, notes: Notes) -> tuple[str | None, str | None]:
        place = _place(unit, seen, notes)
        if not place:
            return None, None
        key = place if "/" in place else ground.unit(place)
        return key, _bed(_place(bed, seen, notes), key, notes, ground)

    return evaluate


def _status(text: str) -> Status:
    try:
        return Status(text)
    except ValueError:
        remedy = "Give `status` a table whose entries are statuses."
        raise Unreadable("bad-value", "a status is none that an event can have", remedy) from None


def _place(value: Value[S] | None, seen: S, notes: Notes) -> str:
    found = value(seen, notes) if value else ABSENT
    return found if isinstance(found, str) else ""


def _bed(name: str, unit: str, notes: Notes, ground: Ground[S]) -> str | None:
    if not name:
        return None
    slug = name.lower()
    if not is_slug(slug):
        notes.flags.append(BED_UNREADABLE)
        return None
    if not ground.has_bed(unit, slug):
        notes.flags.append(BED_UNKNOWN)
    return bed_of(unit, slug)
