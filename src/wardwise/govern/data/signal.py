"""Signals: the watched fields of a feed, taken apart by group, as counts of values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from wardwise.govern.data.finding import MOST_EXAMPLES, Finding, Sort
from wardwise.learn.drift.verdict import Verdict
from wardwise.loop.capture.canonical import Json
from wardwise.loop.derive.frame import column
from wardwise.sites.contract import Contract
from wardwise.sites.watch import Drift, Reading, Watch

MOST_VALUES = 600  # different numbers of a signal that a profile keeps apart; beyond, it keeps four digits
FOUR_DIGITS = 4
_CODE = r"^[\p{L}\p{N}][\p{L}\p{N} ._:/+%()\[\]*^&',-]{0,39}$"
UNLIKE_A_CODE = "(not like a code)"
_WHO = ("encounter", "staff", "id")
EVERYWHERE = pl.lit(value=True)


@dataclass(frozen=True, slots=True)
class Signal:
    """One watched field in one group. `stated`: the number as the source wrote it, before any conversion."""

    event: str
    field: str
    read: str
    group: str = ""
    stated: bool = False

    @property
    def subject(self) -> str:
        """`sign.measured value [temperature]`."""
        return f"{self.event} {self.field}{f' [{self.group}]' if self.group else ''}"


@dataclass(frozen=True, slots=True)
class Counted:
    """How often each value was seen, how many people there were, and how many pairs of a person and a value."""

    values: Mapping[str, int]
    people: int
    pairs: int

    @property
    def independent(self) -> dict[str, float]:
        """The counts scaled down to as many as there are pairs: what a person repeats counts once."""
        scale = self.pairs / max(sum(self.values.values()), 1)
        return {value: count * scale for value, count in self.values.items()}


@dataclass(frozen=True)  # without slots: the counts are kept
class Seen:
    """A signal as it was in some events: a row each with `value` (text or number), `who` and `id`.

    `codes` are those its contract lists, for a signal of codes that has such a list.
    """

    feed: str
    watch: Watch
    signal: Signal
    rows: pl.DataFrame
    codes: tuple[str, ...] = ()

    @cached_property
    def now(self) -> Counted:
        """The counts of the rows."""
        return counted(self.signal, self.rows)

    def finding(
        self, drift: Drift, what: str, verdict: Verdict, *, code: str = "", where: pl.Expr = EVERYWHERE
    ) -> Finding:
        """A finding about this signal, or about one of its codes; examples are the newest rows that `where` names."""
        subject = f"{self.signal.subject}: {code}" if code else self.signal.subject
        examples = self.rows.filter(where)["id"].tail(MOST_EXAMPLES).to_list() if verdict.found else []
        return Finding(
            feed=self.feed,
            rule=drift.value,
            sort=Sort.SEMANTIC,
            subject=subject,
            event=self.signal.event,
            field=self.signal.field,
            what=f"{subject} {what}" if code else f"{subject}: {what} ({self.now.people} people in the last 24 h)",
            count=self.now.values.get(code, 0) if code else self.now.people,
            share=min(abs(verdict.effect), 9999.0),
            examples=tuple(examples),
            steps_down=drift in self.watch.steps_down,
            found=verdict.found,
            cleared=verdict.cleared,
        )


def watched(contract: Contract, tables: Mapping[str, pl.DataFrame]) -> Iterator[Seen]:
    """Each signal of a feed's watches as it was in these events."""
    for watch in contract.watches:
        events = tables.get(watch.kind)
        if events is None or not events.height:
            continue
        for stated in (False, True) if watch.read is Reading.NUMBER else (False,):
            yield from _signals(contract, watch, events, stated=stated)


def counted(signal: Signal, rows: pl.DataFrame) -> Counted:
    """The counts of a signal's rows."""
    if signal.read == Reading.NUMBER and rows["value"].n_unique() > MOST_VALUES:
        rows = rows.with_columns(pl.col("value").round_sig_figs(FOUR_DIGITS))
    tally = rows.group_by("value").agg(pl.len().alias("n"), pl.col("who").n_unique().alias("heads")).sort("value")
    values = {_spelt(value): int(n) for value, n in tally.select("value", "n").iter_rows()}
    return Counted(values, int(rows["who"].n_unique()), int(tally["heads"].sum()))


def as_json(signal: Signal, found: Counted) -> Json:
    """A signal and its counts as a profile keeps them."""
    return {
        "event": signal.event,
        "field": signal.field,
        "read": signal.read,
        "group": signal.group,
        "stated": signal.stated,
        "people": found.people,
        "pairs": found.pairs,
        "values": dict(found.values),
    }


def _signals(contract: Contract, watch: Watch, events: pl.DataFrame, *, stated: bool) -> Iterator[Seen]:
    named = (_value(watch, events, stated=stated), _group(watch, events, stated=stated), _who(events))
    rows = events.select("id", *named)
    kept = rows.filter(pl.col("value").is_not_null() & pl.col("group").is_not_null())
    for (group,), part in sorted(kept.partition_by("group", as_dict=True).items()):
        signal = Signal(watch.kind, watch.field, watch.read.value, str(group), stated)
        yield Seen(contract.feed, watch, signal, part, _listed(contract, signal))


def _listed(contract: Contract, signal: Signal) -> tuple[str, ...]:
    """The codes listed for a field, in a group by what its `when` says."""
    provided = contract.provided(signal.event)
    fields = [each for each in provided.fields if each.name == signal.field] if provided else []
    own = [each for each in fields if signal.read == Reading.CODE and signal.group in {"", *each.when.values()}]
    return tuple(code for each in own for code in each.codes)


def _value(watch: Watch, events: pl.DataFrame, *, stated: bool) -> pl.Expr:
    field = pl.col(column(watch.field))
    if watch.read is Reading.MEASURE:
        found = _measure(events)
    elif watch.read is Reading.CODE:
        like = field.cast(pl.String)
        found = pl.when(like.str.contains(_CODE)).then(like).when(like.is_not_null()).then(pl.lit(UNLIKE_A_CODE))
    elif stated and "original_value" in events.columns:
        found = pl.coalesce(pl.col("original_value").cast(pl.Float64, strict=False), field.cast(pl.Float64))
    else:
        found = field.cast(pl.Float64)
    return found.alias("value")


def _group(watch: Watch, events: pl.DataFrame, *, stated: bool) -> pl.Expr:
    parts = [pl.col(column(watch.by)).cast(pl.String)] if watch.by else []
    if stated and "original_measure" in events.columns:
        parts.append(_measure(events).fill_null(""))
    return (pl.concat_str(parts, separator=", ") if parts else pl.lit("")).alias("group")


def _measure(events: pl.DataFrame) -> pl.Expr:
    names = [name for name in ("original_measure", "ucum") if name in events.columns]
    return pl.coalesce(names) if names else pl.lit(None, dtype=pl.String)


def _who(events: pl.DataFrame) -> pl.Expr:
    return pl.coalesce([name for name in _WHO if name in events.columns]).alias("who")


def _spelt(value: float | str) -> str:
    return value if isinstance(value, str) else repr(round(float(value), 6))
