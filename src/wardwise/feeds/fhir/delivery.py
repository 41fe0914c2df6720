"""What came in one body: resources to be read, those they refer to, and notices of what was deleted."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from wardwise.feeds.fhir.document import TYPE, Resource, inner, objects, text
from wardwise.feeds.fhir.limits import STANDARD, Limits
from wardwise.feeds.fhir.place import Held
from wardwise.feeds.fhir.references import relative
from wardwise.feeds.fhir.version import Version, version_of
from wardwise.feeds.mapped.trouble import Unreadable

_BUNDLE = "Bundle"
_REFERRED_TO = frozenset({"include", "outcome"})
_NESTED = 3


@dataclass(frozen=True, slots=True)
class Deleted:
    """A resource is no longer at its source. `at` is the version after which it is not."""

    type: str
    id: str
    version: Version


@dataclass(slots=True)
class Delivery:
    """`resources` are to be read, each resource's versions in their order; `deleted` what is gone."""

    resources: list[Resource] = field(default_factory=list)
    deleted: list[Deleted] = field(default_factory=list)
    _known: dict[str, Resource] = field(default_factory=dict)
    count: int = 0
    places: dict[int, tuple[list[Held], int]] = field(default_factory=dict)  # of encounters, with what was around them

    @classmethod
    def of(cls, content: Resource, limits: Limits = STANDARD) -> "Delivery":
        """Take Bundles apart, also those that stand in Bundles; raises Unreadable for too many resources."""
        delivery = cls()
        for entry, depth in _entries(content, 0):
            delivery.count += 1
            if delivery.count > limits.resources:
                why = f"more than {limits.resources:,} resources came in one body"
                raise Unreadable("over-limit", why, "Ask the sender for smaller pages (`_count`).")
            delivery._take(entry, depth)
        delivery.resources.sort(key=version_of)
        return delivery

    def find(self, reference: str, within: Resource) -> Resource | None:
        """What a reference leads to: a contained resource, or one that came in the same body; else None."""
        if reference.startswith("#"):
            contained = objects(within.get("contained"))
            return next((each for each in contained if each.get("id") == reference[1:]), None)
        found = self._known.get(reference)
        return found if found is not None else self._known.get(relative(reference))

    def _take(self, entry: Resource, depth: int) -> None:
        request = inner(entry, "request")
        if text(request, "method").upper() == "DELETE":
            self._gone(entry, request)
            return
        resource = inner(entry, "resource")
        if not text(resource, TYPE):
            return
        for name in (text(entry, "fullUrl"), f"{text(resource, TYPE)}/{text(resource, 'id')}"):
            before = self._known.get(name)
            if before is None or version_of(before) <= version_of(resource):
                self._known[name] = resource
        if text(entry, "search", "mode") not in _REFERRED_TO and depth <= _NESTED:
            self.resources.append(resource)

    def _gone(self, entry: Resource, request: Resource) -> None:
        kind, _, name = relative(text(request, "url") or text(entry, "fullUrl")).partition("/")
        modified = text(entry, "response", "lastModified")
        version = text(entry, "response", "etag").removeprefix("W/").strip('"')
        if kind and name:
            at = version_of({"meta": {"lastUpdated": modified, "versionId": version}})
            self.deleted.append(Deleted(kind, name, at))


def _entries(content: Resource, depth: int) -> Iterator[tuple[Resource, int]]:
    if content.get(TYPE) != _BUNDLE:
        yield {"resource": content}, depth
        return
    entries = content.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict):
            continue
        resource = inner(entry, "resource")
        if resource.get(TYPE) == _BUNDLE and depth < _NESTED:
            yield from _entries(resource, depth + 1)
        else:
            yield entry, depth
