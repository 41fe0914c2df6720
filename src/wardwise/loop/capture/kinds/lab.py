"""Laboratory results."""

from wardwise.loop.capture.kinds.kind import Kind, Type, optional, text

KINDS = (
    Kind(
        "lab.resulted",
        "l",
        "One laboratory result; the source's own number and measure are kept.",
        (
            text("code"),
            optional("value", Type.DECIMAL),
            optional("word"),
            optional("ucum"),
            optional("original_value"),
            optional("original_measure"),
            optional("abnormal"),
        ),
        ("encounter",),
    ),
)
