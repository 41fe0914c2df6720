"""Replay a site from its stores: each turn with the configuration and the model it had."""

from collections.abc import Callable, Iterator
from functools import cache

from wardwise.assemble.runtime import runtime
from wardwise.assemble.site import configured
from wardwise.assemble.stores import Stores
from wardwise.govern.runtime.gate import Gate
from wardwise.rehearse.replay.decisions import Configuration, Replayed, Turned, recorded_turns, replay, summarise


def replay_site(stores: Stores, site: str, *, progress: Callable[[int, int], None]) -> Replayed:
    """Take every recorded turn of a site again and count what came out differently."""

    @cache
    def configuration(digest: str) -> Configuration:
        return configured(stores, digest)

    total = len(list(recorded_turns(stores.log, site)))
    results = replay(stores.log, site, Gate(), artefacts=stores.signed, configured=configuration)
    return summarise(_counted(results, total, progress), runtime=runtime())


def _counted(
    results: Iterator[tuple[Turned, tuple[str, ...]]], total: int, progress: Callable[[int, int], None]
) -> Iterator[tuple[Turned, tuple[str, ...]]]:
    for done, result in enumerate(results, start=1):
        progress(done, total)
        yield result
