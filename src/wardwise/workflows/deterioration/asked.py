"""What the policy asks for at a score: how pressing, within how long, and when it may be said again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from wardwise.loop.declare.files import Files
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.prediction import Prediction
from wardwise.loop.plan.advice import Indicator
from wardwise.workflows.deterioration.estimate import INCOMPLETE, LAST_KNOWN, SCORED
from wardwise.workflows.deterioration.news2 import Band, band_of

_RANK = {band.value: band.rank for band in Band}
_NO_BAND = -1


@dataclass(frozen=True, slots=True)
class Response:
    """What the policy asks for at a state: how pressing, within how long, and when it may be said again."""

    state: str
    indicator: Indicator
    respond_within: timedelta
    repeat_after: timedelta


def rank(state: str) -> int:
    """The rank of a state that is a band; below all bands for one that is none."""
    return _RANK.get(state, _NO_BAND)


@dataclass(frozen=True, slots=True)
class Asked:
    """The site's responses by state."""

    files: Files

    def of(self, view: View, prediction: Prediction) -> Response | None:
        """What is asked for at a prediction; None where nothing is."""
        # Points that are there cannot be taken back by points that are not: an incomplete score has a least band.
        output: Mapping[str, Any] = prediction.output
        state = output.get("state")
        if state not in {SCORED, INCOMPLETE, LAST_KNOWN}:
            return None
        known = self._known(view, prediction.about.unit)
        told = known.get(band_of(output["components"]).value)
        if state == LAST_KNOWN:
            return known[LAST_KNOWN] if told and LAST_KNOWN in known else None
        if told or state == SCORED:
            return told
        least = self.files.policies.value("incomplete_told_from", at=view.instant.at, unit=prediction.about.unit).number
        return known.get(INCOMPLETE) if output["partial"] >= least else None

    def _known(self, view: View, unit: str | None) -> dict[str, Response]:
        rows = self.files.policies.value("response", at=view.instant.at, unit=unit).rows
        return {str(row["state"]): _response_of(row) for row in rows}


def _response_of(row: Mapping[str, Any]) -> Response:
    return Response(
        state=str(row["state"]),
        indicator=Indicator(row["indicator"]),
        respond_within=timedelta(minutes=int(row["respond_within"])),
        repeat_after=timedelta(minutes=int(row["repeat_after"])),
    )
