"""Vital signs as measured at the bedside."""

from wardwise.loop.capture.kinds.kind import Kind, Type, optional, text

KINDS = (
    Kind(
        "sign.measured",
        "v",
        "One vital sign, in the measure of hospital.vital; the source's own number and measure are kept.",
        (
            text("code"),
            optional("value", Type.DECIMAL),
            optional("word"),
            optional("ucum"),
            optional("original_value"),
            optional("original_measure"),
        ),
        ("encounter",),
    ),
)
