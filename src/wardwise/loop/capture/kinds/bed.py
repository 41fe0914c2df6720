"""Beds and the count of patients in a unit."""

from wardwise.loop.capture.kinds.kind import Kind, Type, required, text

KINDS = (
    Kind(
        "bed.changed",
        "b",
        "A bed changed its state.",
        (text("state", "free", "occupied", "cleaning", "closed", "reserved"),),
        ("bed", "unit"),
    ),
    Kind(
        "census.counted",
        "b",
        "A source counted the patients of a unit.",
        (required("count", Type.INTEGER),),
        ("unit",),
    ),
    Kind(
        "arrivals.counted",
        "b",
        "A source counted the arrivals of a unit in the hour that starts at `hour`.",
        (required("hour", Type.TIME), required("count", Type.INTEGER)),
        ("unit",),
    ),
)
