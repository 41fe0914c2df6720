"""What the governance board reads: modes, tiers, advice in shadow, overrides by reason, what came true."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from wardwise.govern.release.mode import mode_of
from wardwise.govern.runtime.ladder import standing_of
from wardwise.hospital.place import unit_of
from wardwise.loop.capture.ids import shown
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.state.advice import SETTLED, advice_states
from wardwise.surfaces.web.board.glance import Glance
from wardwise.surfaces.web.board.recommend import reason_text, spoken

BACK = timedelta(days=28)
MOST_SHADOW = 50
RANGE_MEASURE = "next_4h"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowLine:
    """One workflow: its mode at the site and at units that differ, the rung that answers and why not a better one."""

    name: str
    title: str
    mode: str
    units: tuple[tuple[str, str], ...]
    tier: str
    says: str
    why: str
    accountable: str
    owner: str


@dataclass(frozen=True, slots=True)
class ShadowLine:
    """Advice nobody on the wards has seen."""

    id: str
    short: str
    at: str
    workflow: str
    place: str
    summary: str
    owner: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A label, how often, and of how many."""

    label: str
    count: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeLine:
    """A measure of what came true: how many, the mean found, the mean expected, whether it is a counter-measure."""

    measure: str
    version: int
    says: str
    count: int
    value: str
    expected: str
    counter: bool


def workflow_lines(glance: Glance) -> list[WorkflowLine]:
    """Every workflow that is installed, listed by the site or not."""
    return [_workflow(glance, workflow) for _, workflow in sorted(glance.workflows.items())]


def shadow_lines(glance: Glance) -> list[ShadowLine]:
    """Advice withheld because its workflow is in shadow, newest first."""
    hidden = [state for state in advice_states(glance.view) if (state.withheld or "").startswith("shadow")]
    return [
        ShadowLine(
            state.id,
            shown(state.id),
            glance.clock(state.given_at),
            state.workflow,
            glance.title(state.unit),
            state.card["summary"],
            spoken(state.card["owner"]),
        )
        for state in reversed(hidden[-MOST_SHADOW:])
    ]


def answers(glance: Glance) -> list[Counted]:
    """How advice was answered in the last 28 days, each answer by its last word; what ended before one is apart."""
    given = glance.view.events("response.given", BACK).sort("position").unique("cause", keep="last")
    counts = Counter(given["answer"].to_list())
    sent = glance.view.events("delivery.made").filter(pl.col("payload_status") == "sent")["cause"].implode()
    answered = given.filter(pl.col("answer").is_in(SETTLED))["cause"].implode()
    over = glance.view.events("advice.ended", BACK).filter(pl.col("advice").is_in(sent))
    counts["ended"] = over.filter(~pl.col("advice").is_in(answered)).height
    total = sum(counts.values())
    return [Counted(answer, count, total) for answer, count in counts.most_common() if count]


def overrides(glance: Glance) -> list[Counted]:
    """Overrides of the last 28 days by coded reason."""
    given = glance.view.events("response.given", BACK).filter(pl.col("answer") == "overridden")
    counts = Counter(reason_text(glance, code) for code in given["reason"].to_list())
    return [Counted(reason, count, given.height) for reason, count in counts.most_common()]


def outcomes(glance: Glance) -> list[OutcomeLine]:
    """What was measured in the last 28 days, by measure and version."""
    found = glance.view.events("outcome.measured", BACK)
    grouped = found.group_by("measure", "definition").agg(
        pl.len().alias("n"), pl.col("value").mean(), pl.col("expected").mean()
    )
    says = {
        (kpi.name, kpi.version): (kpi.says, kpi.counter)
        for workflow in glance.workflows.values()
        for kpi in workflow.stages.kpis
    }
    lines = []
    for row in grouped.sort("measure", "definition").iter_rows(named=True):
        sentence, counter = says.get((row["measure"], row["definition"]), ("", False))
        lines.append(
            OutcomeLine(
                measure=row["measure"],
                version=row["definition"],
                says=sentence,
                count=row["n"],
                value=_mean(row["value"]),
                expected=_mean(row["expected"]),
                counter=counter,
            )
        )
    return lines


def range_held(glance: Glance) -> tuple[int, int] | None:
    """How many 80% ranges of 4 h of arrivals held the true number, and of how many; None before any was judged."""
    found = glance.view.events("outcome.measured", BACK).filter(pl.col("measure") == RANGE_MEASURE)
    inside = [json.loads(detail).get("inside") for detail in found["detail"].to_list() if detail]
    judged = [each for each in inside if isinstance(each, bool)]
    return (sum(judged), len(judged)) if judged else None


def _mean(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def _workflow(glance: Glance, workflow: Workflow) -> WorkflowLine:
    site_mode = mode_of(workflow, glance.view, None)
    keys = [unit_of(glance.site.slug, unit.id) for unit in glance.site.units]
    modes = [(glance.title(key), mode_of(workflow, glance.view, key)) for key in keys]
    standing = standing_of(workflow, glance.view)
    return WorkflowLine(
        name=workflow.name,
        title=workflow.card.title,
        mode=site_mode.value,
        units=tuple((title, mode.value) for title, mode in modes if mode is not site_mode),
        tier=standing.rung.tier.value,
        says=standing.rung.says,
        why=standing.why,
        accountable=workflow.card.accountable,
        owner=workflow.card.owners.operational,
    )
