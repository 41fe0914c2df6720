"""Findings about staff: rosters and staff records that contradict one another."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from wardwise.loop.derive.fold.shift import Assignment, Listing
from wardwise.loop.derive.state.ledger import ledger_of
from wardwise.loop.derive.state.raised import Raised
from wardwise.loop.derive.state.roster import roster
from wardwise.loop.derive.view import View

STALE_AFTER = timedelta(days=30)  # so much older than the newest record of its source
CLOCK_GRACE = timedelta(hours=2)
CLOCKED_WITHIN = timedelta(days=7)


def staff_findings(view: View) -> Iterator[Raised]:
    """Everything about staff and their shifts that does not fit."""
    listed, rostered = ledger_of(view).staff(view.instant), roster(view)
    by_staff: dict[str, list[Assignment]] = {}
    for each in rostered:
        by_staff.setdefault(each.staff, []).append(each)
    yield from _records(listed)
    for staff, shifts in by_staff.items():
        yield from _twice(staff, shifts)
        yield from _unfit(staff, shifts, listed)
    yield from _moved(view)
    yield from _clocks(view, rostered)


def _records(listed: dict[str, tuple[Listing, ...]]) -> Iterator[Raised]:
    newest: dict[str, Listing] = {}
    for listings in listed.values():
        for each in listings:
            newest[each.source] = max(newest.get(each.source, each), each, key=lambda listing: listing.at)
    for staff, listings in listed.items():
        for each in listings:
            if newest[each.source].at - each.at > STALE_AFTER:
                yield Raised("stale-staff-record", staff, each.unit, each.at, each.source, (each.event,))
        if len({each.skills for each in listings}) > 1:
            last = max(listings, key=lambda listing: listing.at)
            events = tuple(each.event for each in listings)
            yield Raised("skills-differ-by-source", staff, last.unit, last.at, last.source, events)


def _twice(staff: str, shifts: Sequence[Assignment]) -> Iterator[Raised]:
    coming = [shift for shift in shifts if not shift.called_out]
    for one, other in pairwise(sorted(coming, key=lambda shift: (shift.starts, shift.ends, shift.unit))):
        if other.starts < one.ends:
            events = (one.event, other.event)
            yield Raised("two-shifts-at-once", staff, other.unit, other.starts, other.source, events)


def _unfit(staff: str, shifts: Sequence[Assignment], listed: dict[str, tuple[Listing, ...]]) -> Iterator[Raised]:
    if not listed:
        return  # no feed tells of staff records at all
    first = min(shifts, key=lambda shift: shift.starts)
    listings = listed.get(staff, ())
    if not listings:
        yield Raised("rostered-but-not-listed", staff, first.unit, first.starts, first.source, (first.event,))
        return
    skills = {skill for each in listings for skill in each.skills}
    for shift in shifts:
        if shift.skill not in skills:
            yield Raised("skill-not-listed", staff, shift.unit, shift.starts, shift.source, (shift.event,))
            return


def _moved(view: View) -> Iterator[Raised]:
    for starting in ledger_of(view).shifts(view.instant).values():
        kept = {each.staff: each for each in starting.assignments}
        for staff, unit, event in starting.elsewhere:
            now = kept.get(staff)
            if now is not None and now.unit != unit:
                events = (event, now.event)
                yield Raised("assigned-to-two-units", staff, now.unit, now.starts, now.source, events)


def _clocks(view: View, rostered: Sequence[Assignment]) -> Iterator[Raised]:
    """Shifts without clock times, where the feed tells of clock times at all."""
    now = view.instant.at
    over = [shift for shift in rostered if CLOCK_GRACE <= now - shift.ends <= CLOCKED_WITHIN and not shift.called_out]
    telling = {shift.source for shift in rostered if shift.clocked_in or shift.clocked_out}
    for shift in over:
        if shift.source not in telling:
            continue
        for code, clocked in (("no-clock-in", shift.clocked_in), ("no-clock-out", shift.clocked_out)):
            if clocked is None:
                yield Raised(code, shift.staff, shift.unit, shift.ends, shift.source, (shift.event,))
