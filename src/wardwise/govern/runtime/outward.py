"""What may be published: what the gate let out, and nothing that people here were not shown either."""

from collections.abc import Callable
from dataclasses import dataclass

from wardwise.errors import NotFound
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.log import Log
from wardwise.sites.site import Mode

ModeThen = Callable[[str, str | None, Event], Mode]
"""The mode of a workflow at a unit (its key) or the whole site, as it was when an event was recorded."""

_SHOWN = frozenset({Mode.ASSISTIVE, Mode.DECISION_SUPPORT})
_ABOUT_ADVICE = frozenset({"advice.ended", "response.given"})
_OF_A_TURN = frozenset({"prediction.made", "tier.changed"})
_OF_THE_SERVICE = frozenset({"mode.changed", "feed.silent", "incident.opened"})


@dataclass(frozen=True, slots=True)
class Outward:
    """The gate's own record is what counts: a delivery that was made. A prediction, which has none, goes by the mode of
    its workflow then and there. Whatever is of no kind that is known here stays.
    """

    log: Log
    site: str
    mode_then: ModeThen

    def mode(self, event: Event) -> str | None:
        """In which mode an event went out, empty for one that belongs to no workflow; None: it may not be published."""
        if event.kind == "advice.given":
            return self._delivered(event)
        if event.kind in _ABOUT_ADVICE:
            return self._of_its_advice(event)
        if event.kind in _OF_A_TURN:
            return self._by_mode(event)
        if event.kind == "outcome.measured":
            return self._of_its_cause(event)
        return "" if event.kind in _OF_THE_SERVICE else None

    def _delivered(self, advice: Event) -> str | None:
        made = [event for event in self.log.caused(self.site, advice.id) if event.kind == "delivery.made"]
        if not made or made[-1].payload["status"] == "withheld":
            return None
        return str(made[-1].payload["mode"])

    def _of_its_advice(self, event: Event) -> str | None:
        named = event.payload.get("advice") or next(iter(event.caused_by), "")
        advice = self._found(str(named))
        return self._delivered(advice) if advice is not None and advice.kind == "advice.given" else None

    def _by_mode(self, event: Event) -> str | None:
        # A prediction about a whole unit names it as what it is of.
        unit = event.about.unit or (str(event.payload["entity"]) if "entity" in event.payload else None)
        mode = self.mode_then(str(event.payload["workflow"]), unit, event)
        return mode.value if mode in _SHOWN else None

    def _of_its_cause(self, event: Event) -> str | None:
        """An outcome goes out where all that it is the outcome of did."""
        modes = [self.mode(cause) if (cause := self._found(each)) is not None else None for each in event.caused_by]
        return None if not modes or None in modes else modes[0]

    def _found(self, identifier: str) -> Event | None:
        try:
            return self.log.find(self.site, identifier)
        except NotFound:
            return None
