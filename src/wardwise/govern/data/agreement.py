"""Two sources compared: each fact of the second against the nearest of the first about the same patient and code.

Of stays, each move that the second tells against the first's of the same visit: one that has none differs too, for
visits that do not find each other would be counted twice, or not at all, were the second to stand in. So while that
finding stands the second breaks its contract, and does not.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta

import polars as pl

from wardwise.govern.data.finding import MOST_EXAMPLES, Finding, Sort
from wardwise.govern.data.slices import recorded
from wardwise.loop.derive.state.charge import fills_in
from wardwise.loop.derive.view import View
from wardwise.sites.two_sources import MOVES, STAYS, TwoSources

RULE = "second-source"
DAY = timedelta(days=1)
NEVER = datetime.min.replace(tzinfo=UTC) + DAY
_SUBJECT = ["encounter", "code"]
_SAID = ["id", "occurred_at", "value", "word", *_SUBJECT]


def agreement_findings(view: View, kinds: AbstractSet[str] | None = None) -> Iterator[Finding]:
    """A finding for each pair whose facts of the last day differ more often than is agreed on.

    It is reported only; of stays it also keeps the second from standing in.
    `kinds` narrows the pairs to those on these kinds of event.
    """
    for pair in view.folder.site.two_sources:
        if kinds is None or any(pair.tells(kind) for kind in kinds):
            yield _finding(pair, compared(view, pair))


def compared(view: View, pair: TwoSources) -> pl.DataFrame:
    """The facts of the second source that have one of the first near them, with whether the two `agree`.

    Of stays also those that have none, but for the outages of the first and what came after its last word.
    """
    if pair.kind == STAYS:
        return _moves_compared(view, pair)
    first, second = (_facts(view, pair.kind, feed) for feed in pair.feeds)
    near = second.join_asof(
        first.rename({"id": "other", "value": "other_value", "word": "other_word"}),
        on="occurred_at",
        by=_SUBJECT,
        strategy="nearest",
        tolerance=timedelta(minutes=pair.agrees.within_minutes),
        check_sortedness=False,
    ).filter(pl.col("other").is_not_null())
    # A hair above the tolerance: 36.6 and 36.5 are 0.10000000000000142 apart.
    close = (pl.col("value") - pl.col("other_value")).abs() <= float(pair.agrees.tolerance) + 1e-9
    return near.with_columns(agree=pl.coalesce(close, pl.col("word").eq_missing(pl.col("other_word"))))


def _moves_compared(view: View, pair: TwoSources) -> pl.DataFrame:
    within = timedelta(minutes=pair.agrees.within_minutes)
    first, second = (pl.concat([_moves(view, kind, feed) for kind in MOVES]) for feed in pair.feeds)
    near = second.sort("occurred_at", "id").join_asof(
        first.sort("occurred_at", "id").rename({"id": "other", "unit": "other_unit"}),
        on="occurred_at",
        by=["encounter", "kind"],
        strategy="nearest",
        tolerance=within,
        check_sortedness=False,
    )
    due = near.filter(pl.col("occurred_at").is_between(view.instant.at - DAY, _last_word(view, pair) - within))
    told = due.filter(pl.Series([not fills_in(view, pair, at) for at in due["occurred_at"]], dtype=pl.Boolean))
    same_place = pl.col("unit").eq(pl.col("other_unit")).fill_null(value=True)
    return told.with_columns(agree=pl.col("other").is_not_null() & same_place)


def _last_word(view: View, pair: TwoSources) -> datetime:
    """When the first last told of a move; what happened since it may still tell, or is silent and nobody knows yet."""
    told = [view.table(kind).filter(pl.col("source") == pair.feeds[0])["recorded_at"] for kind in MOVES]
    return max((at for times in told if isinstance(at := times.max(), datetime)), default=NEVER)


def _moves(view: View, kind: str, feed: str) -> pl.DataFrame:
    told = view.events(kind, 2 * DAY).filter((pl.col("source") == feed) & pl.col("encounter").is_not_null())
    return told.select("id", "occurred_at", "encounter", "unit", kind=pl.lit(kind))


def _facts(view: View, kind: str, feed: str) -> pl.DataFrame:
    events = recorded(view, kind, view.instant.at - DAY, feed=feed)
    # By id last: two facts of one instant come in the same order whatever the delivery was.
    return events.filter(pl.col("encounter").is_not_null()).select(_SAID).sort("occurred_at", "id")


def _finding(pair: TwoSources, found: pl.DataFrame) -> Finding:
    differing, total = found.filter(~pl.col("agree")), found.height
    share = differing.height / total if total else 0.0
    first, second = pair.feeds
    what = f"{differing.height} of {total} {pair.kind} of the last day differ between {second} and {first}"
    tolerated = float(pair.agrees.share)
    return Finding(
        feed=second,
        rule=RULE,
        sort=Sort.SEMANTIC,
        subject=f"{pair.kind} against {first}",
        what=what,
        count=differing.height,
        share=share,
        examples=tuple(differing["id"].tail(MOST_EXAMPLES).to_list()),
        steps_down=pair.kind == STAYS,
        found=differing.height >= pair.agrees.count and share > tolerated,
        cleared=total > 0 and share <= tolerated / 2,
    )
