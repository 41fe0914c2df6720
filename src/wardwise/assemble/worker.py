"""What a worker is handed: the site, its stores, its readers, its workflows and its guard."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from wardwise.assemble.runtime import runtime
from wardwise.assemble.stores import Stores
from wardwise.feeds.readers import readers
from wardwise.feeds.reading import Identity, Reader
from wardwise.govern.runtime.gate import Gate
from wardwise.loop.capture.inbox import Inbox
from wardwise.loop.capture.log import Log
from wardwise.loop.declare.model import Artefacts
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.guard import Guard
from wardwise.rehearse.replay.decisions import Configuration
from wardwise.sites.load import SiteFolder
from wardwise.stores.sql.vault import Person, SqlVault


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything a worker works with."""

    folder: SiteFolder
    log: Log
    inbox: Inbox
    artefacts: Artefacts
    readers: Mapping[str, Reader]
    workflows: Mapping[str, Workflow]
    guard: Guard
    remember: Callable[[Iterable[Identity]], None]
    runtime: str


def make_bench(stores: Stores, configuration: Configuration) -> Bench:
    """The bench of a site's worker."""
    return Bench(
        folder=configuration.folder,
        log=stores.log,
        inbox=stores.inbox,
        artefacts=stores.signed,
        readers=readers(configuration.folder, token_key=stores.keys.token, log=stores.log),
        workflows=configuration.workflows,
        guard=Gate(),
        remember=_remembering(stores.vault),
        runtime=runtime(),
    )


def _remembering(vault: SqlVault) -> Callable[[Iterable[Identity]], None]:
    known: set[str] = set()

    def remember(identities: Iterable[Identity]) -> None:
        fresh = {one.token: Person(one.token, one.authority, one.identifier) for one in identities}
        new = [person for token, person in fresh.items() if token not in known]
        if new:
            vault.remember(new)
            known.update(fresh)

    return remember
