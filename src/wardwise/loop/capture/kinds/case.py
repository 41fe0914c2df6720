"""Booked cases: theatre cases, clinic appointments."""

from wardwise.loop.capture.kinds.kind import Field, Kind, Type, optional, required, text

_CASE: tuple[Field, ...] = (text("case"),)
_PLAN = (
    *_CASE,
    required("starts", Type.TIME),
    optional("minutes", Type.INTEGER),
    optional("procedure"),
    optional("room"),
)

KINDS = (
    Kind("case.booked", "c", "A case or appointment was booked.", _PLAN),
    Kind("case.changed", "c", "A booked case changed.", _PLAN),
    Kind("case.started", "c", "A case began.", _CASE),
    Kind("case.ended", "c", "A case ended.", _CASE),
    Kind("case.cancelled", "c", "A booked case was called off.", (*_CASE, optional("reason"))),
)
