"""A patient's stay: arrival, registration, admission, transfer, leave, discharge, their cancels, merges."""

from wardwise.loop.capture.kinds.kind import Kind, Type, optional, required, text

_CLASS = text("class", "emergency", "inpatient", "outpatient", "other")
_MOVABLE = ("arrived", "registered", "admitted", "transferred", "discharged", "left", "returned")

KINDS = (
    Kind(
        "stay.arrived",
        "s",
        "A patient came through the door.",
        (_CLASS, optional("complaint")),
        ("encounter",),
    ),
    Kind("stay.registered", "s", "A stay was pre-registered or registered.", (_CLASS,), ("encounter",)),
    Kind(
        "stay.admitted",
        "s",
        "A patient was admitted to a unit.",
        (_CLASS, optional("service"), optional("born", Type.DATE), optional("sex")),
        ("encounter", "unit"),
    ),
    Kind(
        "stay.transferred",
        "s",
        "A patient moved to a unit or bed.",
        (optional("from_unit"),),
        ("encounter", "unit"),
    ),
    Kind("stay.discharged", "s", "A stay ended.", (optional("disposition"),), ("encounter",)),
    Kind("stay.left", "s", "A patient went on leave and keeps the stay.", (), ("encounter",)),
    Kind("stay.returned", "s", "A patient came back from leave.", (), ("encounter",)),
    Kind(
        "stay.updated",
        "s",
        "What is known of a stay changed, not where the patient is.",
        (optional("born", Type.DATE), optional("sex"), optional("service"), optional("class")),
        ("encounter",),
    ),
    Kind(
        "stay.cancelled",
        "s",
        "An earlier event of this stay did not happen. The target is named by kind and time, never guessed.",
        (text("target", *(f"stay.{word}" for word in _MOVABLE)), optional("target_occurred_at", Type.TIME)),
        ("encounter",),
    ),
    Kind(
        "stay.merged",
        "s",
        "Two patient tokens are one person.",
        (required("merged_patient", Type.TEXT),),
        ("patient",),
    ),
)
