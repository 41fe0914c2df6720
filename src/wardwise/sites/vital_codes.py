"""Whether the vital signs that a mapping leads to are known: one under another name would never be scored."""

from collections.abc import Iterator, Mapping

from wardwise.hospital.vital import OBSERVED_WORDS, VITALS
from wardwise.sites.broken import Path, Problem, unresolved
from wardwise.sites.csv_mapping import CsvMapping
from wardwise.sites.emit import Emit, Source, Tables
from wardwise.sites.fhir_mapping import FhirMapping
from wardwise.sites.hl7_mapping import Hl7Mapping
from wardwise.sites.meds_mapping import MedsMapping
from wardwise.sites.rules import emits_of

SIGN, CODE = "sign.measured", "code"
KNOWN = frozenset({*VITALS, *OBSERVED_WORDS})


def unknown_vitals(mapping: Hl7Mapping | FhirMapping | CsvMapping | MedsMapping) -> Iterator[Problem]:
    """A problem for each code of a vital sign that is none of ours, where it stands; each place once."""
    told = dict(_meds(mapping) if isinstance(mapping, MedsMapping) else _emitted(mapping))
    for path, code in told.items():
        if code not in KNOWN:
            yield unresolved(path, code, "vital sign", known=KNOWN)


def _meds(mapping: MedsMapping) -> Iterator[tuple[Path, str]]:
    for index, entry in enumerate(mapping.entries):
        if entry.kind == SIGN and CODE in entry.payload:
            yield ("entries", index, "payload", CODE), str(entry.payload[CODE])


def _emitted(mapping: Hl7Mapping | FhirMapping | CsvMapping) -> Iterator[tuple[Path, str]]:
    for path, emit in _emits(mapping):
        if emit.kind == SIGN and CODE in emit.payload:
            yield from _codes(emit.payload[CODE], mapping.codes, (*path, "payload", CODE))


def _emits(mapping: Hl7Mapping | FhirMapping | CsvMapping) -> Iterator[tuple[Path, Emit]]:
    if isinstance(mapping, CsvMapping):
        yield from ((("emit", index), emit) for index, emit in enumerate(mapping.emit))
        return
    yield from emits_of(mapping.rules)


def _codes(source: Source, tables: Tables, path: Path) -> Iterator[tuple[Path, str]]:
    """Every code that a value can become by a table or a constant, and where that is written."""
    for case in source.cases:
        yield from _codes(case, tables, path)
    if source.table is None:
        if source.constant is not None:
            yield path, str(source.constant)
        return
    for key, entry in tables.get(source.table, {}).items():
        below = ("codes", source.table, key)
        if not isinstance(entry, Mapping):
            yield below, str(entry)
        elif source.pick is not None and source.pick in entry:
            yield (*below, source.pick), str(entry[source.pick])
