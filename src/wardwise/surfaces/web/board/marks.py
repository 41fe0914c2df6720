"""The last day's census at each full hour, as it was known then; worked out once per hour and kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from wardwise.loop.capture.instant import Instant
from wardwise.loop.derive.state.stays import census
from wardwise.loop.derive.view import View

HOURS = 24
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class HourMarks:
    """Census by unit at past full hours. `step` adds at most one mark, so that no refresh waits for a day of them."""

    _known: dict[datetime, dict[str, int]] = field(default_factory=dict)

    def step(self, view: View) -> None:
        """Work out the newest mark still missing and let go of those older than a day."""
        wanted = _wanted(view.instant.at)
        self._known = {at: counts for at, counts in self._known.items() if at in wanted}
        missing = [at for at in wanted if at not in self._known]
        if missing:
            then = replace(view, instant=Instant(missing[-1], view.instant.position), _kept={})
            self._known[missing[-1]] = census(then)

    def complete(self, at: datetime) -> bool:
        """Whether no mark of the day before an instant is missing."""
        return all(mark in self._known for mark in _wanted(at))

    def of(self, units: Sequence[str]) -> tuple[int, ...]:
        """Patients in these units together, oldest first; hours without a mark are left out."""
        return tuple(sum(counts.get(unit, 0) for unit in units) for _, counts in sorted(self._known.items()))


def _wanted(now: datetime) -> list[datetime]:
    last = now.replace(minute=0, second=0, microsecond=0)
    return [last - step * HOUR for step in range(HOURS - 1, -1, -1)]
