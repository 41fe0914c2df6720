"""One feed stops at noon of the first day: what its interface holds meanwhile goes out, in order, once it is back."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from wardwise.demo.habits import Due
from wardwise.demo.setting import Setting

NOON = 12
LASTS = timedelta(minutes=90)  # half an hour beyond the hour of silence that the feed's contract allows


@dataclass(frozen=True, slots=True)
class Outage:
    """`feed` is silent from `begins` up to `ends`."""

    feed: str
    begins: datetime
    ends: datetime

    @property
    def incident(self) -> str:
        """Where the incident is that wardwise must open for it."""
        return f"feed {self.feed}: silent"

    def stops(self, due: Due) -> bool:
        """Whether this would have gone out while the feed is silent."""
        return due.feed == self.feed and self.begins <= due.at < self.ends


def outage_of(setting: Setting) -> Outage:
    """Results fall silent at the first local noon after the start."""
    noon = setting.local(setting.start).replace(hour=NOON)
    while noon.astimezone(UTC) < setting.start:
        noon += timedelta(days=1)
    begins = noon.astimezone(UTC)
    return Outage("oru", begins, begins + LASTS)


def held_back(outage: Outage, dues: Iterable[Due]) -> list[Due]:
    """The same messages in the order they now fall due; those the outage stopped keep their own order."""
    waited = [replace(due, at=outage.ends) if outage.stops(due) else due for due in dues]
    return sorted(waited, key=lambda due: due.at)
