"""Members of staff as the workforce system lists them."""

from wardwise.loop.capture.kinds.kind import Kind, Type, optional, required

KINDS = (
    Kind(
        "staff.listed",
        "m",
        "A member of staff is employed on a home unit with these skills.",
        (required("skills", Type.LIST), optional("contract"), optional("hours_per_week", Type.DECIMAL)),
        ("staff", "unit"),
    ),
)
