"""What governs a view: modes changed, feeds silent, the model in use."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from wardwise.loop.declare.rung import ORDER, Tier
from wardwise.loop.derive.view import View


@dataclass(frozen=True, slots=True)
class ModeSet:
    """A mode somebody set, and where in the log."""

    mode: str
    position: int


def mode_changes(view: View, workflow: str) -> dict[str | None, ModeSet]:
    """The last mode set for a workflow by unit key; None stands for the whole site."""

    def read(seen: View) -> dict[str | None, ModeSet]:
        changed = seen.events("mode.changed").filter(pl.col("workflow") == workflow).sort("position")
        return {row["unit"]: ModeSet(row["mode"], row["position"]) for row in changed.iter_rows(named=True)}

    return view.keep(f"modes of {workflow}", read, kinds=("mode.changed",))


def silent_feeds(view: View) -> frozenset[str]:
    """Feeds that were silent at the instant."""

    def read(seen: View) -> frozenset[str]:
        last = seen.events("feed.silent").group_by("feed", maintain_order=True).last()
        return frozenset(last.filter(pl.col("state") == "silent")["feed"].to_list())

    return view.keep("silent feeds", read, kinds=("feed.silent",))


def model_in_use(view: View, workflow: str) -> tuple[str, str] | None:
    """(artefact hash, event id) of the model last published for a workflow; None when none was."""

    def read(seen: View) -> tuple[str, str] | None:
        published = seen.events("model.published").filter(pl.col("workflow") == workflow)
        if published.is_empty():
            return None
        row = published.row(-1, named=True)
        return row["artefact"], row["id"]

    return view.keep(f"model of {workflow}", read, kinds=("model.published",))


def last_tier(view: View, workflow: str) -> str | None:
    """The best tier that a workflow's last turn answered from; None before its first."""
    made = view.table("prediction.made").filter(pl.col("workflow") == workflow)
    if made.is_empty():
        return None
    turn = made.filter(pl.col("occurred_at") == made["occurred_at"][-1])
    return best_tier(str(json.loads(tier)["tier"]) for tier in turn["tier"])


def best_tier(tiers: Iterable[str]) -> str | None:
    """The best of some tiers; None of none."""
    return min(tiers, key=lambda tier: ORDER.index(Tier(tier)), default=None)
