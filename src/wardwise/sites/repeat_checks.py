"""What a comparison of two feeds needs of their mappings: the kinds, and the fields that are to be compared."""

from collections.abc import Iterable, Iterator, Mapping

from wardwise.sites.broken import Path, Problem, nearest
from wardwise.sites.csv_mapping import CsvMapping
from wardwise.sites.emit import Emit
from wardwise.sites.fhir_mapping import FhirMapping
from wardwise.sites.hl7_mapping import Hl7Mapping
from wardwise.sites.kinds import kinds_in
from wardwise.sites.mapping import Mapping as FeedMapping
from wardwise.sites.meds_mapping import MedsEntry, MedsMapping
from wardwise.sites.repeats import NOT_SAID, PLACES, SUBJECTS, Repeats, kinds_of_fact
from wardwise.sites.site import Site

_MEASURED = frozenset({"value", "ucum", "word", "original_value", "original_measure"})
_OF_RESEARCH = _MEASURED | {"born"}  # what rows of research tables may tell beside an entry's constants


def repeats_fit(site: Site, mappings: Mapping[str, FeedMapping]) -> Iterator[Problem]:
    """Kinds that one of the feeds never tells, and fields of which there is nothing to compare."""
    for index, repeat in enumerate(site.repeats):
        read = {name: mappings[name] for name in (repeat.live, repeat.batch) if name in mappings}
        missing = list(_missing(repeat, read, ("repeats", index, "kinds")))
        yield from missing
        if len(read) == len({repeat.live, repeat.batch}) and not missing:
            yield from _idle(repeat, tuple(read.values()), ("repeats", index, "fields"))


def _missing(repeat: Repeats, read: Mapping[str, FeedMapping], path: Path) -> Iterator[Problem]:
    for name, mapping in read.items():
        for number, kind in enumerate(repeat.kinds):
            if kind not in kinds_in(mapping):
                what = f"`{kind}` never comes from the feed `{name}`"
                yield Problem((*path, number), what, nearest(kind, kinds_in(mapping)))


def _idle(repeat: Repeats, both: Iterable[FeedMapping], path: Path) -> Iterator[Problem]:
    known = {name for kind in repeat.kinds for name in _compared(kind, both)}
    for number, name in enumerate(repeat.fields):
        if name not in known:
            what = f"`{name}` is no field that both feeds tell of these kinds, so nothing would be compared"
            yield Problem((*path, number), what, nearest(name, known))


def _compared(kind: str, both: Iterable[FeedMapping]) -> set[str]:
    """What may differ between two facts of a kind that were taken for one."""
    told = set.intersection(*({*PLACES, *_told(mapping, kind)} for mapping in both))
    return told - NOT_SAID - set(SUBJECTS.get(kind, ()))


def _told(mapping: FeedMapping, kind: str) -> Iterator[str]:
    wanted = kinds_of_fact(kind)
    for each in _emits(mapping):
        if each.kind in wanted:
            yield from each.payload
            if isinstance(each, MedsEntry):
                yield from _OF_RESEARCH
            elif each.measured is not None:
                yield from _MEASURED


def _emits(mapping: FeedMapping) -> Iterator[Emit | MedsEntry]:
    if isinstance(mapping, MedsMapping):
        yield from mapping.entries
    elif isinstance(mapping, CsvMapping):
        yield from mapping.emit
    elif isinstance(mapping, Hl7Mapping | FhirMapping):
        for rule in mapping.rules:
            yield from rule.emit
