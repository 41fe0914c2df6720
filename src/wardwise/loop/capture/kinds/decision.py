"""What wardwise concludes and what people make of it: prediction, advice, delivery, response, outcome."""

from wardwise.loop.capture.kinds.kind import Kind, Type, optional, required, text

MODES = ("off", "shadow", "assistive", "decision-support")
SPAN = (required("from", Type.TIME), required("to", Type.TIME))  # of what was counted or came true

_MADE_BY = (
    text("workflow"),
    text("entity"),
    required("seen", Type.OBJECT),
    required("versions", Type.OBJECT),
    required("tier", Type.OBJECT),
)

KINDS = (
    Kind(
        "prediction.made",
        "p",
        "A number with its uncertainty. `seen`: instant, feature row and its hash; `versions`: of all that made it.",
        (*_MADE_BY, text("target"), required("output", Type.OBJECT)),
    ),
    Kind(
        "advice.given",
        "a",
        "A recommendation as a card, with reasons, owner, act-by time and expiry.",
        (
            text("workflow"),
            text("entity"),
            required("card", Type.OBJECT),
            text("state"),
            required("expires_at", Type.TIME),
        ),
    ),
    Kind(
        "delivery.made",
        "d",
        "Advice reached a surface, or was withheld and why.",
        (
            text("workflow"),
            text("status", "sent", "seen", "withheld"),
            text("surface"),
            text("mode", *MODES),
            optional("reason"),
            optional("receiver"),
        ),
    ),
    Kind(
        "advice.ended",
        "e",
        "Unanswered advice no longer holds: whom it was for, why it ended, and in one sentence what is so instead.",
        (
            text("workflow"),
            text("entity"),
            text("advice"),
            text("by", "left", "moved", "passed", "replaced", "corrected"),
            text("says"),
        ),
    ),
    Kind(
        "response.given",
        "q",
        "A person accepted, deferred or overrode advice, or took that back; or nobody answered in time.",
        (
            text("answer", "accepted", "deferred", "overridden", "ignored", "withdrawn"),
            text("role"),
            optional("actor"),
            optional("reason"),
            optional("note"),
            optional("until", Type.TIME),
        ),
    ),
    Kind(
        "outcome.measured",
        "u",
        "What came true: a measure over a window, joined to what was said.",
        (
            text("measure"),
            required("definition", Type.INTEGER),
            optional("value", Type.DECIMAL),
            optional("expected", Type.DECIMAL),
            *SPAN,
            optional("detail", Type.OBJECT),
        ),
    ),
)
