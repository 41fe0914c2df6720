"""Findings of intake that no single message shows: orders that never came, nurses who will not, facts told late."""

from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from wardwise.hospital.place import name_of
from wardwise.loop.derive.state.ledger import ledger_of
from wardwise.loop.derive.state.raised import Raised
from wardwise.loop.derive.state.roster import roster
from wardwise.loop.derive.state.stays import stays
from wardwise.loop.derive.view import View
from wardwise.sites.contract import Contract
from wardwise.sites.unit import UnitKind

ORDERS_WITHIN = timedelta(hours=4)  # of admission: by then a plan of care has its first orders
ORDERS_BACK = timedelta(days=3)
CHARTED = ("sign.measured", "note.written")
HOUR = timedelta(hours=1)
ORDER = "order.placed"


def intake_findings(view: View) -> Iterator[Raised]:
    """Everything of that sort."""
    yield from _without_orders(view)
    yield from _called_out(view)
    yield from _covering(view)
    for contract in view.folder.contracts.values():
        for kind in CHARTED:
            if contract.provided(kind):
                yield from _late(view, contract, kind)


def _without_orders(view: View) -> Iterator[Raised]:
    """Patients admitted hours ago for whom nothing was ordered, where a feed tells of orders at all."""
    teller = next((name for name, each in view.folder.contracts.items() if each.provided(ORDER)), None)
    if teller is None:
        return
    now = view.instant.at
    told = set(view.events(ORDER, ORDERS_BACK + timedelta(days=1))["encounter"].to_list())
    for stay in stays(view).values():
        admitted = stay.admitted_at
        if not stay.present or admitted is None or not ORDERS_WITHIN <= now - admitted <= ORDERS_BACK:
            continue
        if told.isdisjoint({stay.encounter, *stay.numbers}):
            yield Raised("admitted-without-orders", stay.encounter, stay.unit, admitted + ORDERS_WITHIN, teller)


def _called_out(view: View) -> Iterator[Raised]:
    """Nurses who will not come to a shift that is not over."""
    for shift in roster(view):
        if shift.called_out and shift.ends > view.instant.at:
            yield Raised("called-out-of-a-shift", shift.staff, shift.unit, shift.starts, shift.source, shift.call_outs)


def _covering(view: View) -> Iterator[Raised]:
    """Nurses on a shift that is not over, on another unit than every one they are listed for."""
    listed = ledger_of(view).staff(view.instant)
    pool = {unit.id for unit in view.folder.site.units if unit.kind is UnitKind.FLOAT_POOL}
    for shift in roster(view):
        homes = {each.unit for each in listed.get(shift.staff, ())}
        floats = pool.intersection(name_of(unit) for unit in (shift.unit, *homes))
        if shift.ends > view.instant.at and not shift.called_out and homes and not floats and shift.unit not in homes:
            yield Raised("cross-cover", shift.staff, shift.unit, shift.starts, shift.source, (shift.event,))


def _late(view: View, contract: Contract, kind: str) -> Iterator[Raised]:
    """Units on which, in the last hour, too many facts came later than the contract promises."""
    now, allowed = view.instant.at, timedelta(minutes=contract.within_minutes)
    ours = (pl.col("source") == contract.feed) & pl.col("unit").is_not_null()
    recent = view.table(kind).filter(ours & (pl.col("recorded_at") > now - HOUR))
    late = pl.col("recorded_at") - pl.col("occurred_at") > allowed
    for unit, rows in sorted(recent.partition_by("unit", as_dict=True).items()):
        slow = rows.filter(late)
        if slow.height >= contract.tolerates.count and slow.height / rows.height >= float(contract.tolerates.share):
            since = slow.row(0, named=True)["recorded_at"]
            ids = tuple(slow["id"].tail(5).to_list())
            yield Raised("charted-late", str(unit[0]), str(unit[0]), since, contract.feed, ids)
