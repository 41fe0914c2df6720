"""Finds the tests of mappings and what each mapping is read with: its site, or the surroundings the tests give."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time
from pathlib import Path

from wardwise.errors import BrokenFile
from wardwise.feeds.readers import readers
from wardwise.feeds.reading import Reader
from wardwise.feeds.trial.trial import Difference, Trial
from wardwise.sites.broken import BrokenFiles, Problem
from wardwise.sites.document import validated
from wardwise.sites.extends import STANDARD
from wardwise.sites.feed import Feed, FeedKind, Freshness, Sender
from wardwise.sites.load import SiteFolder
from wardwise.sites.map_test import ENDING, MapTests, Surroundings
from wardwise.sites.mapping import Mapping, read_mapping
from wardwise.sites.site import ShiftHours, Site
from wardwise.sites.tree import Document, read_tree
from wardwise.sites.unit import Unit, UnitKind
from wardwise.stores.memory.log import MemoryLog

STANDARD_NAME = "standard"

_KEY = b"the tests' own key; no token of theirs is kept"
_NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Tested:
    """How the tests of files went."""

    files: tuple[Path, ...]
    tests: int
    differences: tuple[Difference, ...]

    @property
    def failed(self) -> int:
        """How many tests are not as they say."""
        return len({(each.file, each.test) for each in self.differences})

    def figures(self) -> dict[str, object]:
        """The result for machines."""
        told = [
            {"file": str(each.file), "line": each.line, "test": each.test, "field": each.field,
             "found": each.found, "expected": each.expected}
            for each in self.differences
        ]  # fmt: skip
        return {
            "files": [str(file) for file in self.files],
            "tests": self.tests,
            "failed": self.failed,
            "differences": told,
        }


def try_mappings(path: Path) -> Tested:
    """Run the tests of a file, of a site's folder, or (`standard`) those that wardwise brings with it.

    Raises BrokenFiles for tests or mappings that cannot be read, or where there are none.
    """
    files = tuple(_files(path))
    if not files:
        remedy = f"Write them beside the mapping: `mappings/adt{ENDING}` beside `mappings/adt.yaml`"
        raise BrokenFiles([BrokenFile(file=path, line=1, field="(file)", what="has no tests", remedy=remedy)])
    trials = [trial(file) for file in files]
    differences = tuple(difference for each in trials for difference in each.differences())
    return Tested(files, sum(len(each.tests.tests) for each in trials), differences)


def trial(file: Path) -> Trial:
    """The tests of one file, ready to be run; raises BrokenFiles."""
    document = read_tree(file)
    tests = validated(document, MapTests)
    mapping_file = tests.mapping_beside(file)
    mapping = read_mapping(mapping_file)
    site, feed = _surroundings(document, tests, file=file, mapping=mapping)
    folder = SiteFolder(site.model_copy(update={"feeds": (feed,)}), {feed.name: mapping}, {}, {})
    return Trial(file, document, tests, folder.zone(feed.name), feed.name, _maker(folder, feed))


def _maker(folder: SiteFolder, feed: Feed) -> Callable[[], Reader]:
    return lambda: readers(folder, token_key=_KEY, log=MemoryLog())[feed.name]


def _files(path: Path) -> Iterator[Path]:
    if str(path) == STANDARD_NAME and not path.exists():
        path = STANDARD / "tests"
    if path.is_file():
        yield path
    else:
        yield from sorted(path.rglob(f"*{ENDING}"))


def _surroundings(document: Document, tests: MapTests, *, file: Path, mapping: Mapping) -> tuple[Site, Feed]:
    """The site and feed a mapping is read with."""
    if tests.site is not None:
        return _invented(tests.site), _feed(mapping, charset=tests.site.charset)
    home = next((folder for folder in file.absolute().parents if (folder / "site.yaml").is_file()), None)
    if home is None:
        what = "stands in no site's folder, so it must say what the mapping is read with"
        raise BrokenFiles([document.broken(Problem(("site",), what, "Add `site: {zone: ..., units: [...]}`"))])
    site = validated(read_tree(home / "site.yaml"), Site)
    read = tests.mapping_beside(file).resolve()
    fitting = [feed for feed in site.feeds if feed.mapping and (home / feed.mapping).resolve() == read]
    return site, (fitting[0] if fitting else _feed(mapping, charset="utf-8"))


def _invented(surroundings: Surroundings) -> Site:
    units = tuple(Unit(id=each, title=each, kind=UnitKind.WARD, skill="any") for each in surroundings.units)
    day = ShiftHours(name="day", starts=time(0), hours=24)
    return Site(slug="site", title="site", zone=surroundings.zone, country="XX", units=units, shifts=(day,), feeds=())


def _feed(mapping: Mapping, *, charset: str) -> Feed:
    kind = FeedKind(mapping.format)
    sender = Sender(application="test") if kind is FeedKind.HL7V2 else None
    return Feed(
        name="test",
        kind=kind,
        sender=sender,
        mapping="test.yaml",
        freshness=Freshness.STREAM,
        charset=charset,
        owner=_NOBODY,
        steward=_NOBODY,
    )
