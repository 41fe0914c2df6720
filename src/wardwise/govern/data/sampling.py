"""Samples drawn from a feed at the end of a period, for people to hold against the chart.

Systematic sampling: the period's events in the order (kind, unit, id), every N/n-th of them from a seeded start. Each
event is as likely as any other, and kinds and units are drawn in proportion; ids are hashes, so within a unit the
order is as good as chance, and the order of delivery plays no part.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from wardwise.govern.data.slices import recorded
from wardwise.govern.data.spans import Span, of_span
from wardwise.hospital.moment import iso
from wardwise.loop.capture.canonical import Json, canonical, digest
from wardwise.loop.capture.event import Draft
from wardwise.loop.derive.state.samples import samples
from wardwise.loop.derive.view import View
from wardwise.sites.contract import Contract
from wardwise.sites.review import Review

_SEED_BITS = 64
_Row = tuple[str, str, str]  # kind, unit, id


def sample_drafts(view: View) -> Iterator[Draft]:
    """A `sample.drawn` for each feed under review whose period has ended since its last; none where nothing came."""
    for contract in view.folder.contracts.values():
        if contract.review is None:
            continue
        span = _period(view, contract.review)
        drawn = samples(view, contract.feed)
        if drawn and drawn[-1].end >= span[1]:
            continue
        rows = _population(view, contract, contract.review, span)
        if rows:
            yield _draft(view, contract, contract.review, rows=rows, span=span)


def seed_of(site: str, feed: str, end: datetime) -> str:
    """The seed of a feed's sample: a hash of site, feed and end of the period, 16 hexadecimal digits."""
    return digest(canonical([site, feed, iso(end)]))[: _SEED_BITS // 4]


def chosen(rows: Sequence[_Row], size: int, seed: str) -> list[str]:
    """The ids of `size` rows, every N/n-th in the order (kind, unit, id) from a start that the seed gives."""
    ordered = sorted(rows)
    many, n = len(ordered), min(size, len(ordered))
    start = int(seed, 16)  # a whole number of 1/2^64 of a step, so that no rounding of fractions plays a part
    return [ordered[((k << _SEED_BITS) + start) * many // (n << _SEED_BITS)][2] for k in range(n)]


def _period(view: View, review: Review) -> Span:
    """The last period that has ended: from local midnight to local midnight, counted from a fixed day."""
    zone = ZoneInfo(view.folder.site.zone)
    today = view.instant.at.astimezone(zone).date()
    end = today - timedelta(days=today.toordinal() % review.every_days)
    return _midnight(end - timedelta(days=review.every_days), zone), _midnight(end, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _population(view: View, contract: Contract, review: Review, span: Span) -> list[_Row]:
    start, end = span
    kinds = review.kinds or tuple(each.kind for each in contract.provides)
    rows: list[_Row] = []
    for kind in kinds:
        events = recorded(view, kind, start, feed=contract.feed).filter(pl.col("recorded_at") <= end)
        rows += ((kind, unit or "", name) for unit, name in events.select("unit", "id").iter_rows())
    return rows


def _draft(view: View, contract: Contract, review: Review, *, rows: Sequence[_Row], span: Span) -> Draft:
    seed = seed_of(view.site, contract.feed, span[1])
    told: dict[str, Json] = {
        "feed": contract.feed,
        "seed": seed,
        "of": len(rows),
        "events": list(chosen(rows, review.size, seed)),
    }
    return of_span("sample.drawn", span, told, by="review", entity=contract.feed)
