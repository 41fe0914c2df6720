"""Days told live and by batch as the feeds board lists them: the last of each, and how much earlier live knew."""

from dataclasses import dataclass
from datetime import timedelta

from wardwise.loop.derive.state.repeated import Lag, Repeated, newest
from wardwise.surfaces.web import words
from wardwise.surfaces.web.board.glance import Glance
from wardwise.surfaces.web.strings import say
from wardwise.surfaces.wording import span


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatLine:
    """One kind of fact on the last day that was compared; lags in words, empty where no fact is in both."""

    event: str
    live: str
    batch: str
    day: str
    both: int
    only_live: int
    only_batch: int
    differing: str
    ahead: str
    live_lag: str
    batch_lag: str


def repeat_lines(glance: Glance) -> tuple[RepeatLine, ...]:
    """The pairs that the site declares now, in the order written."""
    found = {each.key: each for each in newest(glance.view)}
    keys = [(each.live, each.batch, kind) for each in glance.site.repeats for kind in each.kinds]
    return tuple(_line(glance, found[key]) for key in keys if key in found)


def _line(glance: Glance, found: Repeated) -> RepeatLine:
    fields = ", ".join(f"{name} {count}" for name, count in found.fields.items())
    return RepeatLine(
        event=found.event,
        live=found.live,
        batch=found.batch,
        day=words.day(found.start, zone=glance.site.zone),
        both=found.both,
        only_live=found.only_live,
        only_batch=found.only_batch,
        differing=say("repeats.fields", count=found.differing, fields=fields) if fields else str(found.differing),
        ahead=_spoken(found.lags.get("ahead")),
        live_lag=_spoken(found.lags.get("live")),
        batch_lag=_spoken(found.lags.get("batch")),
    )


def _spoken(lag: Lag | None) -> str:
    if lag is None:
        return ""
    return say("repeats.lag", half=_minutes(lag.half), most=_minutes(lag.most))


def _minutes(minutes: float) -> str:
    length = span(timedelta(minutes=abs(minutes)))
    return say("repeats.before", length=length) if minutes < 0 else length
