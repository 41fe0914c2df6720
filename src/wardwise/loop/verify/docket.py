"""The docket: what was said and waits to be judged, by the instant it can be."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime

from wardwise.hospital.moment import iso
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import Draft, Event
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.declare.promise import Kpi
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.view import View
from wardwise.loop.verify.outcome import Measured


class Docket:
    """Events waiting for their measures to fall due; refilled from the log after a restart."""

    def __init__(self, workflows: Iterable[Workflow]) -> None:
        self._kpis = [(workflow.name, kpi) for workflow in workflows for kpi in workflow.stages.kpis]
        self._waiting: list[tuple[datetime, str, int, Event]] = []

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of events that any measure judges."""
        return frozenset(kpi.of for _, kpi in self._kpis)

    def add(self, events: Iterable[Event]) -> None:
        """Put events on the docket under every measure that judges them."""
        for event in events:
            for index, (workflow, kpi) in enumerate(self._kpis):
                if event.kind == kpi.of and event.payload.get("workflow") == workflow:
                    due = kpi.due(event)
                    if due is not None:
                        heapq.heappush(self._waiting, (due, event.id, index, event))

    def measure(self, view: View) -> Iterator[Draft]:
        """An outcome for everything due by the view's instant; the same event and measure give the same id."""
        while self._waiting and self._waiting[0][0] <= view.instant.at:
            _, _, index, event = heapq.heappop(self._waiting)
            workflow, kpi = self._kpis[index]
            try:
                measured = kpi.measure(view, event)
            except Exception as fault:  # noqa: BLE001 - a measure that breaks must not hide the others
                yield _unmeasured(workflow, kpi, event, view=view, fault=type(fault).__name__)
                continue
            if measured is not None:
                yield _outcome(workflow, kpi, event, measured)


def _unmeasured(workflow: str, kpi: Kpi, event: Event, *, view: View, fault: str) -> Draft:
    entity = f"{kpi.name}@{kpi.version}"
    return Draft(
        id=derived_id("g", kind="incident.opened", workflow=workflow, entity=entity, position=0, cause=event.id),
        kind="incident.opened",
        occurred_at=view.instant.at,
        source=f"wardwise/{workflow}",
        caused_by=(event.id,),
        payload={"what": f"{workflow}: measure {kpi.name} failed with {fault}", "severity": "degraded"},
    )


def _outcome(workflow: str, kpi: Kpi, event: Event, measured: Measured) -> Draft:
    payload: dict[str, Json] = {
        "measure": kpi.name,
        "definition": kpi.version,
        "from": iso(measured.start),
        "to": iso(measured.end),
        "detail": measured.detail,
    }
    payload.update({k: v for k, v in (("value", measured.value), ("expected", measured.expected)) if v is not None})
    return Draft(
        id=derived_id(
            "u",
            kind="outcome.measured",
            workflow=workflow,
            entity=f"{kpi.name}@{kpi.version}",
            position=0,
            cause=event.id,
        ),
        kind="outcome.measured",
        occurred_at=measured.end,
        source=f"wardwise/{workflow}",
        about=event.about,
        caused_by=(event.id,),
        payload=payload,
    )
