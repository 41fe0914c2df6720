"""The question put to a rung of the ladder: for these entities, from these features, at this instant."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from wardwise.loop.derive.view import View


@dataclass(frozen=True, slots=True)
class Question:
    """`features` has a row per entity asked about; `model` is the loaded model, None where none is used."""

    view: "View"
    workflow: str
    features: pl.DataFrame
    model: Any = None
