"""Intake: raws from the inbox become events, or a quarantine that says why; each is dealt with once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wardwise.errors import ImpossibleValue, UnknownKind
from wardwise.feeds.reading import Identity, Quarantine, Reader, Reading
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.ids import event_id
from wardwise.loop.capture.inbox import INTAKE, Raw, Receipt
from wardwise.loop.capture.kinds import check
from wardwise.loop.capture.log import Batch, Disposition, Outcome

_CONFLICT = "conflicting-control-id"


@dataclass(frozen=True, slots=True)
class Read:
    """A batch ready to be appended, and the identities to be put in the vault before it is."""

    batch: Batch
    identities: tuple[Identity, ...]


def read_all(raws: Sequence[Raw], readers: Mapping[str, Reader]) -> Read:
    """Read raws in order; a raw that cannot be read never holds up the others."""
    drafts: list[Draft] = []
    dispositions: list[Disposition] = []
    identities: list[Identity] = []
    for raw in raws:
        reading = read_one(raw, readers)
        found = _drafts(raw, reading)
        drafts += found
        identities += reading.identities
        dispositions.append(_disposition(raw, reading))
    offsets = {INTAKE: raws[-1].sequence} if raws else {}
    return Read(Batch(drafts, dispositions, offsets), tuple(identities))


def heard_in(raws: Sequence[Raw], dispositions: Sequence[Disposition]) -> dict[str, datetime]:
    """When each source was last heard with something that could be read."""
    read = {item.raw for item in dispositions if item.outcome is Outcome.APPLIED}
    return {raw.arrival.source: raw.arrival.received_at for raw in raws if raw.id in read}


def read_one(raw: Raw, readers: Mapping[str, Reader]) -> Reading:
    """What a raw says; whatever goes wrong is a quarantine with a code, never an exception."""
    reader = readers.get(raw.arrival.source)
    if reader is None:
        return _quarantined(
            "no-reader",
            f"no mapping is declared for the source {raw.arrival.source}",
            "Declare a feed for it in site.yaml.",
        )
    try:
        reading = reader.read(raw, raw.arrival.received_at)  # not now: a re-reading must give the same
        if not reading.checked:
            for draft in reading.drafts:
                check(draft)
    except (ImpossibleValue, UnknownKind) as refused:
        return _quarantined(
            "not-of-its-kind", str(refused), "Correct the feed's mapping file; then read the raw again."
        )
    except Exception as fault:  # noqa: BLE001 - a poisoned message must not stop the feed; it is kept and shown
        return _quarantined(
            "reader-failed", f"reading failed with {type(fault).__name__}", "Report this as a fault, with the raw's id."
        )
    return reading


def _quarantined(code: str, why: str, remedy: str) -> Reading:
    return Reading(quarantine=Quarantine(code, why, remedy))


def _drafts(raw: Raw, reading: Reading) -> Sequence[Draft]:
    if reading.quarantine is None and not reading.problems and raw.receipt is not Receipt.CONFLICT:
        return reading.drafts
    parts = [_quarantine_draft(raw, problem, index=index) for index, problem in enumerate(reading.problems, 1)]
    if reading.quarantine is not None:
        return [_quarantine_draft(raw, reading.quarantine, index=0), *parts]
    if raw.receipt is Receipt.CONFLICT:
        return [*(replace(draft, flags=(*draft.flags, _CONFLICT)) for draft in reading.drafts), *parts]
    return [*reading.drafts, *parts]


def _quarantine_draft(raw: Raw, found: Quarantine, *, index: int) -> Draft:
    return Draft(
        id=event_id("x", raw=raw.id, index=index, mapping=f"quarantine/{found.code}"),
        kind="message.quarantined",
        occurred_at=raw.arrival.received_at,
        source=raw.arrival.source,
        raw=raw.id,
        payload={"code": found.code, "why": found.why, "remedy": found.remedy},
    )


def _disposition(raw: Raw, reading: Reading) -> Disposition:
    if reading.quarantine is not None:
        events = 1 + len(reading.problems)
        return Disposition(raw.id, raw.sequence, Outcome.QUARANTINED, events, reading.quarantine.code)
    events = len(reading.drafts) + len(reading.problems)
    return Disposition(raw.id, raw.sequence, Outcome.APPLIED, events, reading.ignored)
