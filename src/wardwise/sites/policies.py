"""Which policy counts: unit beats site beats region beats the workflow's own value, on the day that is asked for.

Two values of one id, equally specific and valid on the same day, are refused on reading, with both lines.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import combinations
from pathlib import Path as FilePath
from zoneinfo import ZoneInfo

from wardwise.errors import BrokenFile, ImpossibleValue
from wardwise.hospital.place import name_of
from wardwise.sites.broken import BrokenFiles, Path, Problem, dotted, unresolved
from wardwise.sites.document import validated
from wardwise.sites.policy import Policy, PolicyFile, RegionFile
from wardwise.sites.spelling import spelled
from wardwise.sites.tree import Document, read_tree

SNAPSHOT = "(snapshot)"


@dataclass(frozen=True, slots=True)
class Filed:
    """A policy and where it is written: its file, its line, and the lines of its parts by the path within it.

    Two are equal when the policies are.
    """

    policy: Policy
    file: str = field(default=SNAPSHOT, compare=False)
    line: int = field(default=1, compare=False)
    lines: Mapping[Path, int] = field(default_factory=dict, compare=False)

    @property
    def in_a_file(self) -> bool:
        """Whether somebody can put it right: it is not the memory of what once held."""
        return self.file != SNAPSHOT

    def broken(self, what: str, remedy: str) -> BrokenFile:
        """A problem of this policy."""
        return BrokenFile(file=self.file, line=self.line, field=self.policy.id, what=what, remedy=remedy)

    def broken_at(self, problem: Problem) -> BrokenFile:
        """A problem of one of its parts, at the line of that part or of what encloses it."""
        steps = range(len(problem.path), 0, -1)
        line = next((self.lines[problem.path[:n]] for n in steps if problem.path[:n] in self.lines), self.line)
        place = dotted((self.policy.id, *problem.path))
        return BrokenFile(file=self.file, line=line, field=place, what=problem.what, remedy=problem.remedy)


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies of one workflow at one site, checked against one another. `zone` tells local days."""

    filed: tuple[Filed, ...]
    zone: str
    version: str

    @classmethod
    def of(cls, filed: Iterable[Filed], *, zone: str, site: str | None = None) -> "Policies":
        """Keep what applies to a site; raises BrokenFiles where two values rival or differ in measure or shape."""
        kept = tuple(each for each in filed if each.policy.site in {None, site})
        found = [*_rivals(kept), *_unlike(kept)]
        if found:
            raise BrokenFiles(found)
        texts = sorted(spelled(each.policy.model_dump(by_alias=True)) for each in kept)
        return cls(kept, zone, hashlib.sha256("\n".join(texts).encode()).hexdigest())

    def value(self, name: str, *, at: date | datetime, unit: str | None = None) -> Policy:
        """The policy that counts on a local day, or at an aware instant, for a unit (slug or key) or the site.

        Raises ImpossibleValue when none is valid then.
        """
        day = self._day(at)
        place = name_of(unit) if unit else None
        known = [each.policy for each in self.filed if each.policy.id == name and each.policy.unit in {None, place}]
        valid = [policy for policy in known if policy.holds_on(day)]
        if not valid:
            raise self._absent(name, day, known)
        return max(valid, key=lambda policy: policy.level)

    @property
    def ids(self) -> frozenset[str]:
        """The ids that have a value at some time."""
        return frozenset(each.policy.id for each in self.filed)

    def _day(self, at: date | datetime) -> date:
        if not isinstance(at, datetime):
            return at
        if at.tzinfo is None:
            raise ImpossibleValue(what="a policy was asked for at a time without a zone", remedy="Give an aware time.")
        return at.astimezone(ZoneInfo(self.zone)).date()

    def _absent(self, name: str, day: date, known: list[Policy]) -> ImpossibleValue:
        if name not in self.ids:
            problem = unresolved((), name, "policy", known=self.ids)
            return ImpossibleValue(what=f"a workflow {problem.what}", remedy=problem.remedy)
        spans = ", ".join(sorted(f"{p.valid_from} to {p.valid_to or 'now'}" for p in known)) or "for other units only"
        what = f"policy {name} has no value valid on {day} (it has: {spans})"
        return ImpossibleValue(what=what, remedy="Add an entry for that time, with its source.")


def _rivals(filed: tuple[Filed, ...]) -> Iterator[BrokenFile]:
    for first, second in combinations(filed, 2):
        if first.policy.rivals(second.policy):
            what = f"is valid at the same time as, and no more specific than, {first.file}:{first.line}"
            yield second.broken(what, "End the earlier one with `to`, or give this one a `unit`")


def _unlike(filed: tuple[Filed, ...]) -> Iterator[BrokenFile]:
    first_of: dict[str, Filed] = {}
    for each in filed:
        first = first_of.setdefault(each.policy.id, each)
        same_measure = first.policy.ucum == each.policy.ucum
        if not same_measure or type(first.policy.value) is not type(each.policy.value):
            what = f"differs in measure or shape from {first.file}:{first.line}"
            yield each.broken(what, "Give every value of one id the same `ucum` and the same shape")


def read_policies(file: FilePath, *, site: str | None = None) -> tuple[Filed, ...]:
    """The policies of a workflow's policy.yaml; with a site's slug, of that site's overlay (entries become its own)."""
    document = read_tree(file)
    if site is not None and isinstance(document.tree, list):
        own = [{"site": site, **entry} if isinstance(entry, dict) else entry for entry in document.tree]
        document = replace(document, tree=own)
    entries = validated(document, PolicyFile).root
    return tuple(_filed(document, (index,), policy) for index, policy in enumerate(entries))


def read_region(file: FilePath) -> dict[str, tuple[Filed, ...]]:
    """The policies of a region.yaml by workflow."""
    document = read_tree(file)
    content = validated(document, RegionFile)
    return {
        workflow: tuple(
            _filed(document, ("workflows", workflow, index), policy.model_copy(update={"region": content.region}))
            for index, policy in enumerate(policies)
        )
        for workflow, policies in content.workflows.items()
    }


def _filed(document: Document, path: tuple[str | int, ...], policy: Policy) -> Filed:
    spot = document.spot(path)
    parts = {
        at[len(path) :]: each.line for at, each in document.spots.items() if at[: len(path)] == path and at != path
    }
    return Filed(policy, spot.file, spot.line, parts)
