"""Train a workflow's model from the log, sign the artefact, and publish it as an event."""

from datetime import datetime
from pathlib import Path

from wardwise.assemble.site import configure
from wardwise.assemble.stores import WORKER, Stores, open_stores
from wardwise.assemble.tenure import holder, tenure
from wardwise.errors import NotRunnable
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Batch
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View
from wardwise.rehearse.replay.decisions import Configuration
from wardwise.stores.folder import DataFolder


def train_workflow(site: Path, data: Path, name: str, *, now: datetime) -> dict[str, str]:
    """Train one workflow's model; the data folder must be there and not in use. Returns the model's lineage."""
    configuration = configure(site)
    workflow = configuration.workflows.get(name)
    if workflow is None or workflow.model is None:
        with_model = ", ".join(sorted(flow.name for flow in configuration.workflows.values() if flow.model))
        raise NotRunnable(what=f"training {name}", why="it declares no model", remedy=f"Those with one: {with_model}.")
    with DataFolder.found(data).hold(), open_stores(data, WORKER) as stores:
        return publish(stores, configuration, workflow, now)


def publish(stores: Stores, configuration: Configuration, workflow: Workflow, now: datetime) -> dict[str, str]:
    """Train from everything visible now, keep and sign the artefact, append `model.published`."""
    site = configuration.folder.site.slug
    history = History(stores.log, site)
    instant = Instant(now, history.position)
    assert workflow.model is not None  # noqa: S101 - the callers have looked
    trained = workflow.model.train(View(configuration.folder, instant, history, stores.artefacts))
    artefact = stores.artefacts.put(trained.artefact)
    lineage = {**trained.lineage, "position": str(instant.position), "at": iso(now)}
    stores.artefacts.sign(artefact, stores.keys.signing, facts={"workflow": workflow.name, **lineage})
    draft = Draft(
        id=derived_id(
            "g",
            kind="model.published",
            workflow=workflow.name,
            entity=artefact,
            position=instant.position,
            cause=iso(now),
        ),
        kind="model.published",
        occurred_at=now,
        source="wardwise/train",
        payload={"workflow": workflow.name, "artefact": artefact, "lineage": lineage},
    )
    with tenure(stores, site, holder("train")) as lease:
        stores.log.append(lease, Batch([draft]), now)
    return {"artefact": artefact, **lineage}
