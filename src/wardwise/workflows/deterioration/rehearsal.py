"""How NEWS2 is judged before launch: the task `deterioration`, on a MEDS table and without any label.

The score is public and learns nothing; so what can be shown on a table that does not say who deteriorated is whether
it is worked out alike in a batch and event by event, how often it would speak, and to whom. It is set beside rules
that are duller still. Who would have been helped is not to be had from such a table and is not printed.
"""

import time
from collections.abc import Sequence
from random import Random
from typing import Any

from wardwise.errors import ImpossibleValue
from wardwise.rehearse.asked import Asked, Progress, Task, Told
from wardwise.rehearse.burden.figures import LEAST_PATIENTS, burden, by_group
from wardwise.rehearse.burden.watched import Watched
from wardwise.rehearse.datasets.meds import identity, subjects
from wardwise.rehearse.replay.parity import Parity, parity
from wardwise.workflows.deterioration.news2 import CITATION, VARIANT
from wardwise.workflows.deterioration.rules import BASELINES, RULES, TOLD
from wardwise.workflows.deterioration.watching import watch

NAME = "deterioration"
DATASETS = ("mimic-demo", "meds")
KINDS = frozenset(
    {
        "sign.measured",
        "order.placed",
        "stay.arrived",
        "stay.registered",
        "stay.admitted",
        "stay.updated",
        "stay.transferred",
    }
)
REPLAYED_STAYS = 8
_NOT_SAID = ("auc", "average_precision", "calibration", "lead_time", "number_needed_to_evaluate", "by_sex")


def evaluate(asked: Asked) -> dict[str, Any]:
    """What `wardwise evaluate deterioration` prints; the same file and seed give the same object except `seconds`."""
    started = time.perf_counter()
    if asked.dataset not in DATASETS:
        what = f"deterioration knows no dataset '{asked.dataset}'"
        raise ImpossibleValue(what=what, remedy=f"Give --dataset {' or '.join(DATASETS)}")
    both = len(subjects(asked.train) & subjects(asked.test))
    told = asked.tell(asked.test, KINDS)
    watched = watch(told)
    compared = _compared(told, [stay.encounter for stay in watched], asked.seed, asked.progress)
    by_stay: Sequence[Watched] = [stay.watched for stay in watched]
    return {
        "workflow": NAME,
        "task": NAME,
        "dataset": asked.dataset,
        "train": identity(asked.train),
        "test": identity(asked.test),
        "n": sum(len(stay.moments) for stay in by_stay),
        "seconds": round(time.perf_counter() - started, 3),
        "seed": asked.seed,
        "known_basis": "declared",
        "model": {"id": VARIANT, "artefact_hash": None, "learns": False, "citation": CITATION},
        "patients_on_both_sides": both,
        "labels": None,
        "not_said": list(_NOT_SAID),
        "metrics": {name: burden(by_stay, rule(told.workflow.files), seed=asked.seed) for name, rule in RULES.items()},
        "baselines": {
            name: {TOLD: burden(by_stay, rule(told.workflow.files), seed=asked.seed)}
            for name, rule in BASELINES.items()
        },
        "states": _states(by_stay),
        "subgroups": by_group(by_stay, RULES[TOLD](told.workflow.files), seed=asked.seed),
        "least_patients_of_a_group": LEAST_PATIENTS,
        "agreement": {"rows": compared.rows, "stays": compared.stays, "of_stays": len(watched)},
        "floors": [_same(compared)],
    }


TASKS: dict[str, Task] = {NAME: evaluate}


def _compared(told: Told, encounters: Sequence[str], seed: int, progress: Progress | None) -> Parity:
    """Batch against event by event, on stays drawn by the seed: the replay of all would take hours."""
    chosen = Random(seed).sample(sorted(encounters), min(REPLAYED_STAYS, len(encounters)))  # noqa: S311 - a sample
    rows = differences = 0
    first: tuple[Any, ...] = ()
    for done, stay in enumerate(chosen, start=1):
        one = parity(told.workflow.stages.features, told.ground, kind="sign.measured", stays=[stay])
        rows, differences, first = rows + one.rows, differences + one.differences, first or one.first
        if progress is not None:
            progress(done, len(chosen))
    return Parity(rows, len(chosen), differences, first)


def _same(compared: Parity) -> dict[str, Any]:
    met = compared.differences == 0 and compared.rows > 0
    return {"measure": "agreement.differences", "value": float(compared.differences), "at_most": 0, "met": met}


def _states(watched: Sequence[Watched]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for stay in watched:
        for moment in stay.moments:
            counts[moment.found["state"]] = counts.get(moment.found["state"], 0) + 1
    return dict(sorted(counts.items()))
