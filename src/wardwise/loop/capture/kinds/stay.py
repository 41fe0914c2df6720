"""A patient's stay: arrival, registration, admission, transfer, leave, discharge, their cancels, merges, moves."""

from collections.abc import Iterator

from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.kinds.kind import Kind, Type, choice, optional, required, text

_CLASS = text("class", "emergency", "inpatient", "outpatient", "other")
_KNOWN = (optional("service"), optional("born", Type.DATE), optional("sex"))
_EXPECTED = ("admission", "transfer", "discharge")
_UNDONE = ("arrived", "registered", "admitted", "transferred", "discharged", "left", "returned", "expected")


def _one_target(draft: Draft) -> Iterator[str]:
    if draft.payload.get("target_what") is not None and draft.payload.get("target") != "stay.expected":
        yield "the field target_what of stay.cancelled goes with the target stay.expected alone"


def _two_patients(draft: Draft) -> Iterator[str]:
    if draft.payload.get("merged_patient") == draft.about.patient:
        yield "stay.merged names one patient twice"


def _two_encounters(draft: Draft) -> Iterator[str]:
    if draft.payload.get("from_encounter") == draft.about.encounter:
        yield "stay.moved names one encounter twice"


KINDS = (
    Kind(
        "stay.arrived",
        "s",
        "A patient came through the door.",
        (_CLASS, optional("complaint"), *_KNOWN),
        ("encounter",),
    ),
    Kind("stay.registered", "s", "A stay was pre-registered or registered.", (_CLASS, *_KNOWN), ("encounter",)),
    Kind(
        "stay.admitted",
        "s",
        "A patient was admitted to a unit.",
        (_CLASS, *_KNOWN),
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
        (optional("class"), *_KNOWN),
        ("encounter",),
    ),
    Kind(
        "stay.expected",
        "s",
        "A stay is expected to begin, move or end. It moves nobody.",
        (text("what", *_EXPECTED), optional("expected_at", Type.TIME), optional("to_unit")),
        ("encounter",),
    ),
    Kind(
        "stay.cancelled",
        "s",
        "An earlier event of this stay, or with the target `stay` all of it so far, did not happen. The target is "
        "named by kind and time, never guessed.",
        (
            text("target", "stay", *(f"stay.{word}" for word in _UNDONE)),
            optional("target_occurred_at", Type.TIME),
            choice("target_what", *_EXPECTED),
        ),
        ("encounter",),
        rule=_one_target,
    ),
    Kind(
        "stay.moved",
        "s",
        "The encounter belongs to this patient from now on; what was told under `from_encounter` belongs to it too.",
        (optional("from_patient"), optional("from_encounter")),
        ("encounter", "patient"),
        rule=_two_encounters,
    ),
    Kind(
        "stay.merged",
        "s",
        "Two patient tokens are one person, the one in `about` survives. Status cancelled parts them again.",
        (required("merged_patient", Type.TEXT), choice("manner", "merge", "link", "renumber")),
        ("patient",),
        rule=_two_patients,
    ),
)
