"""Findings about patients: beds, visits and numbers that contradict one another."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import combinations

from wardwise.loop.derive.fold.stay import Stay
from wardwise.loop.derive.state.beds import bed_board
from wardwise.loop.derive.state.identity import people
from wardwise.loop.derive.state.ledger import ledger_of
from wardwise.loop.derive.state.raised import Raised
from wardwise.loop.derive.state.stays import stays
from wardwise.loop.derive.view import View

NO_WORD_FOR = timedelta(days=7)
ALIKE_WITHIN = timedelta(hours=12)
UNTOLD_SINCE = timedelta(hours=1)
_STAYS_TOLD_BY = "stay.admitted"


def patient_findings(view: View) -> Iterator[Raised]:
    """Everything about beds, visits and patients that does not fit."""
    present = [stay for stay in stays(view).values() if stay.present]
    yield from _beds(view)
    for stay in stays(view).values():
        yield from _of_stay(view, stay)
    yield from _overlapping(view, present)
    yield from _numbers(view)
    yield from _untold(view)
    if view.folder.site.show_alike_patients:
        yield from _alike(view, present)


def _beds(view: View) -> Iterator[Raised]:
    said = ledger_of(view).beds(view.instant)
    for bed in bed_board(view).values():
        if len(bed.patients) > 1:
            last = max((stays(view)[encounter] for encounter in bed.patients), key=lambda stay: _moved(view, stay))
            yield Raised("two-patients-in-a-bed", bed.bed, bed.unit, _moved(view, last), last.source)
        elif bed.contradicted:
            word = said[bed.bed]
            yield Raised(
                "bed-said-otherwise", bed.bed, bed.unit, word.at or view.instant.at, word.source, (word.event,)
            )


def _of_stay(view: View, stay: Stay) -> Iterator[Raised]:
    feed = stay.source
    for doubt in stay.doubts:
        yield Raised(doubt.code, stay.encounter, stay.unit, doubt.at, doubt.source, (doubt.event,))
    if stay.repaired:
        since = stay.moved_at or view.instant.at
        yield Raised("missing-transfer-repaired", stay.encounter, stay.unit, since, feed, stay.repaired)
    known = people(view)
    persons = {known.surviving(token) for token in stay.named - stay.moved_from}
    if len(persons) > 1 and stay.told_at is not None:
        yield Raised("visit-of-two-patients", stay.encounter, stay.unit, stay.told_at, feed)
    if stay.present and (heard := _heard(view, stay)) is not None and view.instant.at - heard > NO_WORD_FOR:
        yield Raised("no-word-of-a-patient", stay.encounter, stay.unit, heard, feed)


def _heard(view: View, stay: Stay) -> datetime | None:
    signs = ledger_of(view).signs(stay.encounter, view.instant)
    return max((at for at in (stay.told_at, signs[-1].at if signs else None) if at is not None), default=None)


def _overlapping(view: View, present: list[Stay]) -> Iterator[Raised]:
    known = people(view)
    visits: dict[str, list[Stay]] = {}
    for stay in present:
        if stay.patient is not None:
            visits.setdefault(known.of_visit(stay.patient, stay.encounter, *stay.numbers), []).append(stay)
    for many in visits.values():
        first, *others = sorted(many, key=lambda stay: (_came(view, stay), stay.encounter))
        for other in others:
            about = f"{first.encounter} {other.encounter}"
            yield Raised("two-visits-at-once", about, other.unit, _came(view, other), other.source)


def _alike(view: View, present: list[Stay]) -> Iterator[Raised]:
    known = people(view)
    alike: dict[tuple[object, object], list[Stay]] = {}
    for stay in present:
        if stay.born is not None and stay.sex is not None and stay.patient is not None:
            alike.setdefault((stay.born, stay.sex), []).append(stay)
    for many in alike.values():
        for one, other in combinations(sorted(many, key=lambda stay: stay.encounter), 2):
            apart = known.surviving(str(one.patient)) != known.surviving(str(other.patient))
            if apart and abs(_came(view, one) - _came(view, other)) <= ALIKE_WITHIN:
                since = max(_came(view, one), _came(view, other))
                about = f"{one.encounter} {other.encounter}"
                yield Raised("patients-alike", about, other.unit, since, other.source)


def _numbers(view: View) -> Iterator[Raised]:
    known = people(view)
    for code, visits in (("number-given-to-another", known.given_anew), ("merged-number-in-use", known.lingering)):
        for visit in visits:
            if visit.encounter in stays(view):
                yield Raised(code, visit.patient, None, visit.began_at, visit.source, (visit.event,))


def _untold(view: View) -> Iterator[Raised]:
    """Vital signs of a visit that nobody told of, an hour after the first."""
    ledger, known = ledger_of(view), stays(view)
    former = {number for stay in known.values() for number in stay.numbers}
    for encounter in ledger.whereabouts.encounters():
        if encounter not in known and encounter not in former:
            seen = ledger.signs(encounter, view.instant)
            if seen and view.instant.at - seen[0].at >= UNTOLD_SINCE:
                first = seen[0]
                feed = _teller(view, _STAYS_TOLD_BY) or first.source
                yield Raised("signs-of-an-unknown-visit", encounter, seen[-1].unit, first.at, feed, (first.event,))


def _came(view: View, stay: Stay) -> datetime:
    return min((at for at in (stay.arrived_at, stay.admitted_at) if at is not None), default=view.instant.at)


def _moved(view: View, stay: Stay) -> datetime:
    return stay.moved_at or view.instant.at


def _teller(view: View, kind: str) -> str | None:
    """The feed that promises a kind: its steward is asked for what it did not tell."""
    return next((name for name, contract in view.folder.contracts.items() if contract.provided(kind)), None)
