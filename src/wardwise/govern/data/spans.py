"""What was counted of a span of time, written at its end."""

from collections.abc import Mapping
from datetime import datetime

from wardwise.hospital.moment import iso
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.ids import derived_id

Span = tuple[datetime, datetime]  # its start and its end, aware UTC


def of_span(kind: str, span: Span, told: Mapping[str, Json], *, by: str, entity: str) -> Draft:
    """An event of what `by` counted of an entity; the same span of the same entity gives the same id."""
    start, end = span
    return Draft(
        id=derived_id("g", kind=kind, workflow=by, entity=entity, position=0, cause=iso(end)),
        kind=kind,
        occurred_at=end,
        source=f"wardwise/{by}",
        payload={"from": iso(start), "to": iso(end), **told},
    )
