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
