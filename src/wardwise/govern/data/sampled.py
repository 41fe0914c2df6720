"""A sampled event as whoever judges it sees it: no more of a patient than the board shows, and no free text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from wardwise.loop.capture.event import Event
from wardwise.loop.capture.ids import shown
from wardwise.sites.contract import Contract, ContractField, Type

_PLAIN = frozenset({Type.INTEGER, Type.DECIMAL, Type.BOOLEAN})
NOT_A_CODE = "(text that the contract does not list)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """One event: its id, what it says by promised field, when, where, and the beginning of the visit's token."""

    event: str
    kind: str
    at: datetime
    unit: str | None
    bed: str | None
    visit: str
    says: tuple[tuple[str, str], ...]


def sampled(contract: Contract, event: Event) -> Sampled:
    """What is shown of an event: numbers, codes that the contract lists, yes and no. Births and texts are not."""
    return Sampled(
        event=event.id,
        kind=event.kind,
        at=event.occurred_at,
        unit=event.about.unit,
        bed=event.about.bed,
        visit=shown(event.about.encounter or event.about.staff or ""),
        says=tuple(_says(contract, event)),
    )


def _says(contract: Contract, event: Event) -> Iterator[tuple[str, str]]:
    provided = contract.provided(event.kind)
    told: set[str] = set()
    for field in provided.fields if provided else ():
        value = event.payload.get(field.name)
        holds = all(event.payload.get(name) == wanted for name, wanted in field.when.items())
        if value is None or not holds or field.name in told:
            continue
        text = _text(field, str(value))
        if text:
            told.add(field.name)
            yield field.name, text


def _text(field: ContractField, value: str) -> str:
    if field.type in _PLAIN:
        return f"{value} {field.ucum or ''}".strip()
    if field.type is Type.TEXT and field.codes:
        return value if value in field.codes else NOT_A_CODE
    return ""
