"""Rules of a mapping: what comes with a type, the events to emit of it, or why it carries nothing for us."""

from collections.abc import Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel, Field

from wardwise.sites.broken import Path
from wardwise.sites.emit import Emit
from wardwise.sites.fields import Text

Match = TypeVar("Match", bound=BaseModel)


class Rule(BaseModel, Generic[Match], frozen=True, extra="forbid"):
    """The events of what a match is for; `otherwise` is the reason why it is as it should be that there are none."""

    match: Match = Field(description="what the rule is for: its type")
    emit: tuple[Emit, ...] = Field(description="the events to emit")
    otherwise: Text | None = None


class Ignored(BaseModel, Generic[Match], frozen=True, extra="forbid"):
    """What carries nothing for us, and why."""

    match: Match = Field(description="what is ignored: its type")
    reason: Text = Field(description="why it carries nothing for us")


class Emits(Protocol):
    """A rule, whatever it is for."""

    @property
    def emit(self) -> tuple[Emit, ...]:
        """The events to emit."""
        ...


def emits_of(rules: Sequence[Emits]) -> Iterator[tuple[Path, Emit]]:
    """Each emit and where it stands."""
    for index, rule in enumerate(rules):
        for number, emit in enumerate(rule.emit):
            yield ("rules", index, "emit", number), emit


def kinds_of(rules: Sequence[Emits]) -> Iterator[tuple[Path, str]]:
    """Each kind of event that rules emit and where it stands."""
    for path, emit in emits_of(rules):
        yield (*path, "kind"), emit.kind
