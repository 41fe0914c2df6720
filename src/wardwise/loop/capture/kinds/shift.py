"""Shifts as rostered and as worked."""

from wardwise.loop.capture.kinds.kind import Kind, Type, optional, required, text

_SHIFT = (text("shift"), required("starts", Type.TIME), required("ends", Type.TIME))

KINDS = (
    Kind(
        "shift.assigned",
        "h",
        "A member of staff is rostered for a shift on a unit (or on the float pool).",
        (*_SHIFT, text("skill"), optional("contract")),
        ("staff", "unit"),
    ),
    Kind("shift.clocked_in", "h", "A member of staff began work.", _SHIFT, ("staff", "unit")),
    Kind("shift.clocked_out", "h", "A member of staff ended work.", _SHIFT, ("staff", "unit")),
    Kind(
        "shift.called_out",
        "h",
        "A member of staff will not come.",
        (*_SHIFT, optional("reason")),
        ("staff", "unit"),
    ),
    Kind("shift.swapped", "h", "A shift passed to a colleague.", (*_SHIFT, text("to_staff")), ("staff", "unit")),
    Kind(
        "resource.short",
        "h",
        "A unit is short of something it needs.",
        (text("resource"), required("missing", Type.INTEGER), required("needed", Type.INTEGER)),
        ("unit",),
    ),
)
