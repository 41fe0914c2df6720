"""What a workflow's features are, in words: each column, what it is worked out from, and how old it may be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from wardwise.loop.declare.feature import Feature
from wardwise.loop.declare.workflow import Workflow

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class FeatureLine:
    """One column: its unit (UCUM), what it says, how it is worked out where that is declared, and its sources.

    `stale_after` is the age in words beyond which a fact no longer counts for it.
    """

    name: str
    ucum: str
    says: str
    how: str
    kinds: tuple[str, ...]
    feeds: tuple[str, ...]
    stale_after: str


@dataclass(frozen=True, slots=True)
class FeatureSheet:
    """The feature set of one workflow, by the hash of its declaration; `owner` answers for the software."""

    workflow: str
    title: str
    name: str
    version: int
    digest: str
    owner: str
    lines: tuple[FeatureLine, ...]


def feature_sheets(workflows: Mapping[str, Workflow]) -> list[FeatureSheet]:
    """The sheet of every workflow of a site, in their order."""
    return [_sheet(workflow) for workflow in workflows.values()]


def _sheet(workflow: Workflow) -> FeatureSheet:
    features = workflow.stages.features
    return FeatureSheet(
        workflow=workflow.name,
        title=workflow.card.title,
        name=features.name,
        version=features.version,
        digest=features.digest,
        owner=workflow.card.owners.engineering,
        lines=tuple(_line(workflow, feature) for feature in features.features),
    )


def _line(workflow: Workflow, feature: Feature) -> FeatureLine:
    feeds = sorted({feed for kind in feature.kinds for feed in workflow.files.feeds_of(kind)})
    after = feature.stale_after
    stale = "" if after is None else f"{after / _HOUR:g} h"
    return FeatureLine(feature.name, feature.ucum, feature.says, feature.how, feature.kinds, tuple(feeds), stale)
