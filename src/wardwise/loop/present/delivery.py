"""Where advice is shown. Surfaces read the log; a delivery says that they may, or why they may not."""

from collections.abc import Mapping

from wardwise.loop.capture.canonical import Json
from wardwise.loop.guard import Verdict

SURFACE = "board"


def delivery(workflow: str, verdict: Verdict) -> Mapping[str, Json]:
    """The payload of `delivery.made` for a verdict: sent, or withheld with its reason."""
    payload: dict[str, Json] = {
        "workflow": workflow,
        "status": "sent" if verdict.sent else "withheld",
        "surface": SURFACE,
        "mode": verdict.mode.value,
    }
    if verdict.reason:
        payload["reason"] = verdict.reason
    return payload
