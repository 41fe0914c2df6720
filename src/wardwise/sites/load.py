"""A site's folder, read whole: every problem of every file at once, or a configuration that fits together.

<site>/site.yaml            units, shifts, feeds, workflows, people
<site>/mappings/*.yaml      how feeds are read           (named in site.yaml)
<site>/contracts/*.yaml     what feeds promise           (named in site.yaml)
<site>/policies/<workflow>.yaml   the site's own numbers (found by name)
region.yaml, calendar       where site.yaml names them
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from wardwise.errors import BrokenFile
from wardwise.sites.broken import BrokenFiles, unresolved
from wardwise.sites.calendar import LocalEvent, read_calendar
from wardwise.sites.contract import Contract
from wardwise.sites.document import read_yaml, validated
from wardwise.sites.folder_checks import across
from wardwise.sites.kinds import unknown_kinds
from wardwise.sites.mapping import Mapping as FeedMapping
from wardwise.sites.mapping import read_mapping
from wardwise.sites.policies import Filed, Policies, read_policies, read_region
from wardwise.sites.site import Site
from wardwise.sites.site_checks import problems_of
from wardwise.sites.snapshot import frozen, thawed
from wardwise.sites.tree import Document, read_tree

T = TypeVar("T")


@dataclass(frozen=True)  # without slots: the digest is kept
class SiteFolder:
    """All that a site's people wrote: mappings and contracts by feed, policies by workflow."""

    site: Site
    mappings: Mapping[str, FeedMapping]
    contracts: Mapping[str, Contract]
    overlays: Mapping[str, tuple[Filed, ...]]
    calendar: tuple[LocalEvent, ...] = ()
    # What it was read back from. A later version of wardwise might write the same otherwise; its name stays the same.
    original: bytes = field(default=b"", compare=False, repr=False)

    def policies(self, workflow: str, general: tuple[Filed, ...] = ()) -> Policies:
        """A workflow's own policies with the region's and the site's laid over; raises BrokenFiles on rivals."""
        every = (*general, *self.overlays.get(workflow, ()))
        return Policies.of(every, zone=self.site.zone, site=self.site.slug)

    def zone(self, feed: str) -> str:
        """The IANA zone of a feed's local times."""
        found = self.site.feed(feed)
        return (found.zone if found else None) or self.site.zone

    def snapshot(self) -> bytes:
        """The resolved configuration in one canonical spelling; equal configurations have equal bytes."""
        if self.original:
            return self.original
        policies = {name: [each.policy for each in filed] for name, filed in self.overlays.items()}
        parts = {
            "site": self.site,
            "mappings": self.mappings,
            "contracts": self.contracts,
            "overlays": policies,
            "calendar": self.calendar,
        }
        return frozen(parts)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the snapshot: the configuration's version."""
        return hashlib.sha256(self.snapshot()).hexdigest()

    @classmethod
    def from_snapshot(cls, data: bytes) -> "SiteFolder":
        """The configuration a snapshot was taken of; raises BrokenArtefact when it cannot be read."""
        parts = thawed(data)
        return cls(
            site=parts.site,
            mappings=parts.mappings,
            contracts=parts.contracts,
            overlays={name: tuple(Filed(each) for each in many) for name, many in parts.overlays.items()},
            calendar=parts.calendar,
            original=data,
        )


def load_site(folder: Path, *, kinds: Collection[str] = ()) -> SiteFolder:
    """The configuration of a site's folder; raises BrokenFiles with every problem of every file.

    `kinds` are the kinds of event that exist: mappings and contracts may name no other.
    """
    document = read_tree(folder / "site.yaml")
    site = validated(document, Site, also=problems_of)
    reading = _Reading(folder, site, document)
    existing = partial(unknown_kinds, known=kinds)
    mappings = dict(reading.by_feed("mapping", partial(read_mapping, kinds=kinds)))
    contracts = dict(reading.by_feed("contract", lambda file: read_yaml(file, Contract, also=existing)))
    overlays = reading.overlays()
    calendar = reading.read(("events_file",), site.events_file, read_calendar) or ()
    loaded = SiteFolder(site, mappings, contracts, overlays, calendar)
    reading.found.extend(document.broken(problem) for problem in across(site, mappings, contracts))
    if not reading.found:
        reading.check_overlays(loaded)
    if reading.found:
        raise BrokenFiles(reading.found)
    return loaded


class _Reading:
    """One reading of a folder: gathers problems instead of stopping at the first."""

    def __init__(self, folder: Path, site: Site, document: Document) -> None:
        self.folder = folder
        self.site = site
        self.document = document
        self.found: list[BrokenFile] = []

    def read(self, path: tuple[str | int, ...], name: str | None, reader: Callable[[Path], T]) -> T | None:
        """What a file named in site.yaml holds; None when there is none or it is broken."""
        if name is None:
            return None
        file = self.folder / name
        if not file.is_file():
            known = [str(each.relative_to(self.folder)) for each in sorted(self.folder.glob("*/*.yaml"))]
            self.found.append(self.document.broken(unresolved(path, name, "file", known=known)))
            return None
        return self._kept(file, reader)

    def by_feed(self, key: str, reader: Callable[[Path], T]) -> Iterator[tuple[str, T]]:
        """What the files of the feeds hold, by the feed's name."""
        for index, feed in enumerate(self.site.feeds):
            content = self.read(("feeds", index, key), getattr(feed, key), reader)
            if content is not None:
                yield feed.name, content

    def overlays(self) -> dict[str, tuple[Filed, ...]]:
        """The region's policies, then the site's, by workflow."""
        layers = dict(self.read(("region",), self.site.region, read_region) or {})
        for file in sorted((self.folder / "policies").glob("*.yaml")):
            if file.stem not in self.site.workflows:
                problem = unresolved((), file.stem, "workflow", known=self.site.workflows)
                self.found.append(Document(str(file), None, {}).broken(problem))
            own = self._kept(file, lambda each: read_policies(each, site=self.site.slug)) or ()
            layers[file.stem] = (*layers.get(file.stem, ()), *own)
        return layers

    def check_overlays(self, loaded: SiteFolder) -> None:
        """Rivals among the site's policies, and units that do not exist."""
        units = {unit.id for unit in self.site.units}
        for workflow, filed in loaded.overlays.items():
            self._kept(workflow, loaded.policies)
            for each in filed:
                policy = each.policy
                if policy.unit and policy.unit not in units:
                    problem = unresolved((), policy.unit, "unit", known=units)
                    self.found.append(each.broken(problem.what, problem.remedy))
                if policy.site not in {None, self.site.slug}:
                    self.found.append(each.broken(f"is for the site `{policy.site}`", "Move it to that site's folder"))

    def _kept(self, subject: "Path | str", reader: Callable[..., T]) -> T | None:
        try:
            return reader(subject)
        except BrokenFiles as broken:
            self.found.extend(broken.problems)
            return None
