"""Where every patient is: stays folded from the log, in the order things happened, not the order we were told."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from wardwise.loop.derive.state.cancels import cancelled_ids
from wardwise.loop.derive.view import View

LOOKBACK = timedelta(days=200)
KINDS = tuple(
    f"stay.{word}"
    for word in (
        "arrived",
        "registered",
        "admitted",
        "transferred",
        "discharged",
        "left",
        "returned",
        "updated",
        "cancelled",
    )
)
_COLUMNS = ["id", "position", "occurred_at", "sequence", "tie", "encounter", "patient", "unit", "bed"]
_EXTRA = ["class", "target", "target_occurred_at", "complaint", "born"]


@dataclass(frozen=True, slots=True)
class Stay:
    """One encounter as it stands: `present` while the patient holds a place here."""

    encounter: str
    patient: str | None = None
    unit: str | None = None
    bed: str | None = None
    stay_class: str | None = None
    arrived_at: datetime | None = None
    admitted_at: datetime | None = None
    moved_at: datetime | None = None
    ended_at: datetime | None = None
    born: Any = None
    complaint: str | None = None
    on_leave: bool = False

    @property
    def present(self) -> bool:
        """Whether the patient is in the house now, on leave or not."""
        return self.ended_at is None and (self.arrived_at is not None or self.admitted_at is not None)


def stays(view: View) -> dict[str, Stay]:
    """Every stay of the last 200 days by encounter token, cancelled events undone."""
    since = view.instant.at.replace(minute=0, second=0, microsecond=0) - LOOKBACK
    return view.keep(f"stays since {since}", lambda seen: _fold_all(seen, since), kinds=KINDS)


def census(view: View) -> dict[str, int]:
    """Patients present by unit key."""
    counts: dict[str, int] = {}
    for stay in stays(view).values():
        if stay.present and stay.unit and not stay.on_leave:
            counts[stay.unit] = counts.get(stay.unit, 0) + 1
    return counts


def _fold_all(view: View, since: datetime) -> dict[str, Stay]:
    # Folded anew are only stays whose events are not those of the last time, told by their places in the log.
    known = view.history.memo("stays")
    rows = pl.concat([_part(view, kind, since) for kind in KINDS], how="diagonal")
    stamps = {
        encounter: (encounter, places)
        for encounter, places in rows.group_by("encounter", maintain_order=True)
        .agg(pl.col("position").cast(pl.String).str.join(","))
        .iter_rows()
    }
    changed = [encounter for encounter, stamp in stamps.items() if stamp not in known]
    for encounter, events in _by_encounter(rows.filter(pl.col("encounter").is_in(changed))).items():
        known[stamps[encounter]] = _fold(encounter, events)
    return {encounter: known[stamp] for encounter, stamp in stamps.items()}


def _by_encounter(rows: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows.sort("encounter", "occurred_at", "sequence", "tie").iter_rows(named=True):
        found.setdefault(row["encounter"], []).append(row)
    return found


def _part(view: View, kind: str, since: datetime) -> pl.DataFrame:
    def read(seen: View) -> pl.DataFrame:
        events = seen.events(kind).filter(pl.col("occurred_at") > since)
        wanted = _COLUMNS + [name for name in _EXTRA if name in events.columns]
        return events.select(wanted).with_columns(pl.lit(kind).alias("kind"))

    return view.keep(f"{kind} since {since}", read, kinds=(kind,))


def _fold(encounter: str, events: list[dict[str, Any]]) -> Stay:
    cancelled = cancelled_ids(events, (event for event in events if event["kind"] == "stay.cancelled"))
    stay = Stay(encounter)
    for event in events:
        if event["id"] not in cancelled and event["kind"] != "stay.cancelled":
            stay = _step(stay, event)
    return stay


def _step(stay: Stay, event: dict[str, Any]) -> Stay:
    at = event["occurred_at"]
    same = {
        "patient": event["patient"] or stay.patient,
        "stay_class": event.get("class") or stay.stay_class,
        "born": event.get("born") or stay.born,
        "complaint": event.get("complaint") or stay.complaint,
    }
    place = {"unit": event["unit"] or stay.unit, "bed": event["bed"]} if event["unit"] else {}
    changes: dict[str, dict[str, Any]] = {
        "stay.arrived": {"arrived_at": at, "moved_at": at, **place},
        "stay.registered": {},
        "stay.admitted": {"admitted_at": at, "moved_at": at, "ended_at": None, **place},
        "stay.transferred": {"moved_at": at, **place},
        "stay.discharged": {"ended_at": at},
        "stay.left": {"on_leave": True},
        "stay.returned": {"on_leave": False},
        "stay.updated": {},
    }
    return replace(stay, **same, **changes[event["kind"]])
