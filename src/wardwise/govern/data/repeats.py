"""The same facts live and by batch: each local day compared once, and told where the two are too far apart."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl

from wardwise.govern.data.finding import MOST_EXAMPLES, Finding, Sort, changes
from wardwise.govern.data.spans import Span, of_span
from wardwise.govern.data.told_twice import OTHER, Laid, differs, laid_side_by_side
from wardwise.loop.capture.canonical import Json, decimal
from wardwise.loop.capture.event import Draft
from wardwise.loop.derive.state.repeated import KIND, newest
from wardwise.loop.derive.view import View
from wardwise.sites.repeats import Repeats

RULE = "repeats"
MOST_DAYS = 3  # that a worker which was away catches up on


def repeat_drafts(view: View) -> Iterator[Draft]:
    """A `feed.repeated` for each day that is complete and was not compared; of the last, whether it is a finding."""
    known = {each.key: each.end for each in newest(view)}
    for repeat in view.folder.site.repeats:
        for kind in repeat.kinds:
            after = known.get((repeat.live, repeat.batch, kind))
            found = [(day, laid_side_by_side(view, repeat, kind, day)) for day in _days(view, repeat, after)]
            yield from (_draft(repeat, kind, day, laid) for day, laid in found)
            if found:
                yield from changes(view, [_finding(repeat, kind, found[-1][1])])


def _days(view: View, repeat: Repeats, after: datetime | None) -> list[Span]:
    """The local days that are complete and lie after an instant; the last one where none is given."""
    zone = ZoneInfo(view.folder.site.zone)
    over = (view.instant.at - timedelta(hours=repeat.complete_hours)).astimezone(zone).date()
    most = MOST_DAYS if after is not None else 1
    edges = [_midnight(over - timedelta(days=back), zone) for back in range(most, -1, -1)]
    return [day for day in pairwise(edges) if after is None or day[0] >= after]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _counts(laid: Laid) -> dict[str, int]:
    return {
        "both": laid.pairs.height,
        "only_live": laid.only_live.height,
        "only_batch": laid.only_batch.height,
        "differing": laid.differing.height,
    }


def _draft(repeat: Repeats, kind: str, day: Span, laid: Laid) -> Draft:
    entity = f"{repeat.live} {repeat.batch} {kind}"
    fields = {name: int(laid.pairs.select(differs(name).sum()).item()) for name in laid.fields}
    payload: dict[str, Json] = {
        "live": repeat.live,
        "batch": repeat.batch,
        "event": kind,
        **_counts(laid),
        "fields": {name: count for name, count in fields.items() if count},
        "minutes": _minutes(laid.pairs),
        "examples": {name: list(ids) for name, ids in _examples(laid).items() if ids},
    }
    return of_span(KIND, day, payload, by=RULE, entity=entity)


def _minutes(pairs: pl.DataFrame) -> dict[str, Json]:
    """How late each feed knew what both tell, and how much earlier the live one: half of it, and nine tenths."""
    live, batch = pl.col(f"known_at{OTHER}"), pl.col("known_at")
    lags = {"live": live - pl.col(f"at{OTHER}"), "batch": batch - pl.col("at"), "ahead": batch - live}
    if pairs.is_empty():
        return {}
    told = pairs.select((lag.dt.total_seconds() / 60).alias(name) for name, lag in lags.items())
    return {name: {"half": _part(told[name], 0.5), "most": _part(told[name], 0.9)} for name in lags}


def _part(minutes: pl.Series, share: float) -> str:
    found = minutes.quantile(share, interpolation="nearest")
    return decimal(round(found or 0.0, 1))


def _examples(laid: Laid) -> dict[str, list[str]]:
    parts = {"only_live": laid.only_live, "only_batch": laid.only_batch, "differing": laid.differing}
    return {name: part["id"].head(MOST_EXAMPLES).to_list() for name, part in parts.items()}


def _finding(repeat: Repeats, kind: str, laid: Laid) -> Finding:
    counts = _counts(laid)
    total = counts["both"] + counts["only_live"] + counts["only_batch"]
    apart = counts["only_live"] + counts["only_batch"] + counts["differing"]
    share, tolerated = apart / total if total else 0.0, float(repeat.agrees.share)
    what = (
        f"of {total} {kind} of a day, {counts['only_live']} came from {repeat.live} alone, "
        f"{counts['only_batch']} from {repeat.batch} alone, {counts['differing']} differ"
    )
    return Finding(
        feed=repeat.batch,
        rule=RULE,
        sort=Sort.SEMANTIC,
        subject=f"{kind} against {repeat.live}",
        what=what,
        count=apart,
        share=share,
        examples=tuple(one for part in _examples(laid).values() for one in part),
        steps_down=False,
        found=apart >= repeat.agrees.count and share > tolerated,
        cleared=total > 0 and share <= tolerated / 2,
    )
