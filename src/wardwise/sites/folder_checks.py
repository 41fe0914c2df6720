"""What must agree between the files of a site: feeds, their mappings and their contracts."""

from collections.abc import Iterator, Mapping

from wardwise.sites.broken import Path, Problem, nearest
from wardwise.sites.contract import Contract
from wardwise.sites.csv_mapping import CsvMapping
from wardwise.sites.emit import Emit, Source, Tables
from wardwise.sites.fhir_mapping import FhirMapping
from wardwise.sites.hl7_mapping import Hl7Mapping
from wardwise.sites.kinds import kinds_in
from wardwise.sites.mapping import Mapping as FeedMapping
from wardwise.sites.meds_mapping import MedsMapping
from wardwise.sites.repeat_checks import repeats_fit
from wardwise.sites.site import Site


def across(site: Site, mappings: Mapping[str, FeedMapping], contracts: Mapping[str, Contract]) -> Iterator[Problem]:
    """Every disagreement, at the feed it belongs to in site.yaml."""
    for index, feed in enumerate(site.feeds):
        path = ("feeds", index)
        mapping, contract = mappings.get(feed.name), contracts.get(feed.name)
        if mapping is not None:
            if mapping.format != feed.kind:
                what = f"is a mapping of format {mapping.format}, but the feed is {feed.kind}"
                yield Problem((*path, "mapping"), what, "Correct the feed's `kind` or name another mapping")
            yield from _units(site, mapping, (*path, "mapping"))
            if feed.view is not None and isinstance(mapping, CsvMapping):
                yield from (problem.under(*path, "view") for problem in feed.view.fits(mapping))
        if contract is not None and contract.feed != feed.name:
            what = f"is the contract of the feed `{contract.feed}`"
            yield Problem((*path, "contract"), what, f"Set its `feed` to `{feed.name}` or name another contract")
        if mapping is not None and contract is not None:
            yield from _promises(mapping, contract, (*path, "contract"))
    yield from _two_sources(site, contracts)
    yield from repeats_fit(site, mappings)


def _two_sources(site: Site, contracts: Mapping[str, Contract]) -> Iterator[Problem]:
    for index, pair in enumerate(site.two_sources):
        for number, name in enumerate(pair.feeds):
            contract = contracts.get(name)
            missing = [kind for kind in pair.promised if contract is None or contract.provided(kind) is None]
            if site.feed(name) is not None and missing:
                what = f"the feed `{name}` promises no {', '.join(f'`{kind}`' for kind in missing)}"
                remedy = "Add it to the feed's contract, without which nobody would notice its silence"
                yield Problem(("two_sources", index, "feeds", number), what, remedy)


def _promises(mapping: FeedMapping, contract: Contract, path: Path) -> Iterator[Problem]:
    for provided in contract.provides:
        if provided.kind not in kinds_in(mapping):
            what = f"promises `{provided.kind}`, which the feed's mapping does not emit"
            yield Problem(path, what, nearest(provided.kind, kinds_in(mapping)))


def _units(site: Site, mapping: FeedMapping, path: Path) -> Iterator[Problem]:
    known = {unit.id for unit in site.units}
    for unit in sorted(_named_units(mapping) - known):
        yield Problem(path, f"leads to the unit `{unit}`, which the site does not have", nearest(unit, known))


def _named_units(mapping: FeedMapping) -> set[str]:
    """Every unit a mapping can lead to by a constant or a table."""
    if isinstance(mapping, MedsMapping):
        return {entry.unit for entry in mapping.entries if entry.unit}
    emits = mapping.emit if isinstance(mapping, CsvMapping) else _emits(mapping)
    sources = [emit.about.unit for emit in emits if emit.about.unit]
    sources += [source for emit in emits for source in emit.payload.values() if source.type == "unit"]
    return {unit for source in sources for unit in _outcomes(source, mapping.codes)}


def _emits(mapping: Hl7Mapping | FhirMapping) -> tuple[Emit, ...]:
    return tuple(emit for rule in mapping.rules for emit in rule.emit)


def _outcomes(source: Source, tables: Tables) -> Iterator[str]:
    for case in source.cases:
        yield from _outcomes(case, tables)
    if isinstance(source.constant, str):
        yield source.constant
    if isinstance(source.default, str):
        yield source.default
    for entry in tables.get(source.table or "", {}).values():
        value = entry.get(source.pick or "") if isinstance(entry, Mapping) else entry
        if isinstance(value, str):
            yield value
