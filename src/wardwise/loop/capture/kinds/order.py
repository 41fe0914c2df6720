"""Orders."""

from wardwise.loop.capture.kinds.kind import Kind, optional, text

KINDS = (
    Kind(
        "order.placed",
        "o",
        "An order was placed.",
        (text("code"), optional("title"), optional("priority")),
        ("encounter",),
    ),
)
