"""What a workflow's folder says in YAML, overlays of the site already laid over its policies."""

from collections.abc import Mapping
from dataclasses import dataclass

from wardwise.loop.declare.card import WorkflowCard
from wardwise.loop.declare.need import Need
from wardwise.sites.policies import Policies


@dataclass(frozen=True, slots=True)
class Files:
    """`card.yaml`, `needs.yaml`, `policy.yaml` and `strings.yaml`, read and checked."""

    card: WorkflowCard
    needs: tuple[Need, ...]
    policies: Policies
    strings: Mapping[str, str]

    def feeds_of(self, kind: str) -> tuple[str, ...]:
        """The feeds that the needs name for events of a kind, in order of name."""
        return tuple(sorted({need.feed for need in self.needs if need.kind == kind and need.feed}))
