"""What the workflows of a site look at, read for people."""

from pathlib import Path

from wardwise.assemble.site import configure
from wardwise.errors import NotRunnable
from wardwise.govern.data.feature_sheet import FeatureSheet, feature_sheets
from wardwise.sites.broken import nearest


def features_of(workflow: str, site: Path) -> tuple[str, list[FeatureSheet]]:
    """The site's title and the sheets of one workflow, or of all; raises NotRunnable for one it does not run."""
    found = configure(site)
    every = feature_sheets(found.workflows)
    chosen = [sheet for sheet in every if workflow in {"", sheet.workflow}]
    if not chosen:
        hint = nearest(workflow, [sheet.workflow for sheet in every])
        raise NotRunnable(what=f"features {workflow}", why=f"{site} runs no workflow of that name", remedy=hint)
    return found.folder.site.title, chosen
