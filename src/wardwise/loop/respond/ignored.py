"""Ignored: advice that expired with no response from anybody it was shown to; what ended before is not."""

from collections.abc import Iterator

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.derive.state.advice import advice_states
from wardwise.loop.derive.view import View


def ignored(view: View) -> Iterator[Draft]:
    """A `response.given` of `ignored` for each piece of advice that ran out unanswered."""
    for advice in advice_states(view):
        unanswered = not advice.settled
        if advice.shown and not advice.ended and unanswered and view.instant.at >= advice.expires_at:
            yield Draft(
                id=derived_id(
                    "q",
                    kind="response.given",
                    workflow=advice.workflow,
                    entity=advice.entity,
                    position=0,
                    cause=f"{advice.id}@{iso(advice.expires_at)}",
                ),
                kind="response.given",
                occurred_at=advice.expires_at,
                source="wardwise/respond",
                about=About(unit=advice.unit, encounter=advice.encounter, patient=advice.patient),
                caused_by=(advice.id,),
                payload={"answer": "ignored", "role": advice.card["owner"]},
            )
