"""A site taken into use: its configuration is kept as an artefact and its taking effect is an event."""

from datetime import datetime
from pathlib import Path

from wardwise.assemble.stores import Stores
from wardwise.assemble.workflows import load_workflows
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.capture.kinds import CATALOGUE
from wardwise.loop.capture.log import Batch, Lease, Selection
from wardwise.rehearse.replay.decisions import Configuration
from wardwise.sites.load import SiteFolder, load_site


def configure(path: Path) -> Configuration:
    """The site of a folder and its workflows; raises BrokenFile naming file, line, field and remedy."""
    folder = load_site(path, kinds=CATALOGUE.keys())
    return Configuration(folder, load_workflows(folder))


def configured(stores: Stores, digest: str) -> Configuration:
    """The configuration with a digest, as it was when it was in use."""
    folder = SiteFolder.from_snapshot(stores.signed.get(digest))
    return Configuration(folder, load_workflows(folder))


def zone_of(stores: Stores, site: str) -> str:
    """The zone of a site by the configuration it last had; UTC for one that never had one."""
    taken = stores.log.read(site, where=Selection(kinds=frozenset({"site.configured"})))
    return configured(stores, str(taken[-1].payload["artefact"])).folder.site.zone if taken else "UTC"


def configuration_in_use(stores: Stores, site: str) -> Configuration:
    """The configuration that took effect last, as the log names it."""
    taken = stores.log.read(site, where=Selection(kinds=frozenset({"site.configured"})))
    return configured(stores, str(taken[-1].payload["artefact"]))


def take_effect(stores: Stores, lease: Lease, configuration: Configuration, now: datetime) -> None:
    """Keep the configuration and record that it holds from now on; nothing to do when it already does."""
    digest = stores.artefacts.put(configuration.folder.snapshot())
    stores.artefacts.sign(digest, stores.keys.signing, facts={"site": lease.site})
    taken = stores.log.read(lease.site, where=Selection(kinds=frozenset({"site.configured"})))
    if taken and taken[-1].payload["artefact"] == digest:
        return
    position = stores.log.head(lease.site).position
    draft = Draft(
        id=derived_id("g", kind="site.configured", workflow="site", entity=digest, position=position, cause=iso(now)),
        kind="site.configured",
        occurred_at=now,
        source="wardwise/site",
        payload={"artefact": digest, "workflows": sorted(configuration.workflows)},
    )
    stores.log.append(lease, Batch([draft]), now)
