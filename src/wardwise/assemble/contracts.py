"""Contracts of a site or of a file, read for people: their sheets, and what two of them promise differently."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wardwise.assemble.site import configure
from wardwise.errors import NotRunnable
from wardwise.govern.data.contract_diff import Change, contract_diff
from wardwise.govern.data.contract_sheet import ContractSheet, contract_sheets
from wardwise.loop.declare.workflow import Workflow
from wardwise.sites.broken import nearest
from wardwise.sites.contract import Contract
from wardwise.sites.document import read_yaml


@dataclass(frozen=True, slots=True)
class Sheets:
    """Contracts in words, of a site by its title and the digest of its configuration."""

    title: str
    digest: str
    sheets: list[ContractSheet]


def sheets_of(what: str, site: Path) -> Sheets:
    """The sheets of a site's folder, or of one feed of `site`; raises NotRunnable for a feed it does not have."""
    whole = Path(what).is_dir()
    found = configure(Path(what) if whole else site)
    every = contract_sheets(found.folder, found.workflows)
    chosen = every if whole else [sheet for sheet in every if sheet.feed == what]
    if not chosen:
        hint = nearest(what, [sheet.feed for sheet in every])
        raise NotRunnable(what=f"contract show {what}", why=f"{site} has no contract of that feed", remedy=hint)
    return Sheets(found.folder.site.title, found.folder.digest, chosen)


def differences(before: Path, after: Path) -> list[Change]:
    """What two site folders or contract files promise differently. Workflows are those of the later folder,
    or of the site that the file lies in.
    """
    old, _ = _contracts(before)
    new, workflows = _contracts(after)
    return list(contract_diff(old, new, workflows))


def _contracts(path: Path) -> tuple[Mapping[str, Contract], Mapping[str, Workflow]]:
    if path.is_dir():
        found = configure(path)
        return found.folder.contracts, found.workflows
    contract = read_yaml(path, Contract)
    site = path.absolute().parent.parent
    workflows = configure(site).workflows if (site / "site.yaml").is_file() else {}
    return {contract.feed: contract}, workflows
