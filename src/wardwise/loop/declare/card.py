"""The workflow's card: what it is for, for whom, when to leave it aside, and who answers for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Owners:
    """Who answers for the workflow, by concern."""

    clinical: str
    operational: str
    engineering: str


@dataclass(frozen=True, slots=True)
class WorkflowCard:
    """Intended use and its limits, in words that stand on every surface."""

    title: str
    intended_use: str
    users: tuple[str, ...]
    population: str
    contraindications: tuple[str, ...]
    non_goals: tuple[str, ...]
    when_to_ignore: tuple[str, ...]
    owners: Owners
    may_override: tuple[str, ...]
    informed: tuple[str, ...]
    accountable: str
