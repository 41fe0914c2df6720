"""Messages that could not be read, by the reason: each reason is a rule of the contract of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from wardwise.govern.data.finding import MOST_EXAMPLES, Finding, Sort
from wardwise.govern.data.slices import recorded, recorded_after
from wardwise.loop.derive.view import View
from wardwise.sites.contract import Contract

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Rule:
    """Quarantine codes under one rule. One file with a broken header is enough; a new code is counted over a day."""

    name: str
    sort: Sort
    codes: tuple[str, ...]
    says: str
    within: timedelta = HOUR
    least: int | None = None


RULES = (
    _Rule("columns", Sort.SCHEMA, ("header",), "a column the mapping needs is gone or has another name", DAY, least=1),
    _Rule("time-format", Sort.SCHEMA, ("bad-time",), "times are written in another way"),
    _Rule("type", Sort.SCHEMA, ("bad-value", "bad-row", "not-of-its-kind"), "values are not of the type agreed on"),
    _Rule("new-code", Sort.SEMANTIC, ("unknown-code",), "a code or abbreviation the mapping does not know", DAY),
)
_NAMED = tuple(code for rule in RULES for code in rule.codes)
_OTHER = _Rule("readable", Sort.SCHEMA, (), "messages cannot be read")


def unread_findings(view: View, contract: Contract) -> Iterator[Finding]:
    """A finding for each rule on messages set aside; cleared once none is left within its time."""
    day = recorded(view, "message.quarantined", view.instant.at - DAY, feed=contract.feed)
    for rule in (*RULES, _OTHER):
        recent = recorded_after(day, view.instant.at - rule.within)
        if not recent.is_empty():
            recent = recent.filter(_of(rule))
        yield _finding(contract, rule, recent)


def _of(rule: _Rule) -> pl.Expr:
    return pl.col("code").is_in(list(rule.codes)) if rule.codes else ~pl.col("code").is_in(list(_NAMED))


def _finding(contract: Contract, rule: _Rule, aside: pl.DataFrame) -> Finding:
    count, least = aside.height, rule.least or contract.tolerates.count
    why = aside["why"].value_counts(sort=True)["why"][0] if count else ""
    within = "day" if rule.within == DAY else "hour"
    return Finding(
        feed=contract.feed,
        rule=rule.name,
        sort=rule.sort,
        what=f"{rule.says}: {count} set aside in the last {within}; most often: {why}",
        count=count,
        share=1.0 if count else 0.0,
        examples=tuple(aside["id"].tail(MOST_EXAMPLES).to_list()),
        found=count >= least,
        cleared=count == 0,
    )
