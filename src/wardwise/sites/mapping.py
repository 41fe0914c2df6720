"""Reads a mapping file of any format, after laying it over the one it extends and putting names in place."""

from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path
from typing import cast

from pydantic import BaseModel

from wardwise.errors import BrokenFile
from wardwise.sites.broken import BrokenFiles, Problem, nearest
from wardwise.sites.csv_mapping import CsvMapping
from wardwise.sites.document import validated
from wardwise.sites.extends import extended
from wardwise.sites.fhir_mapping import FhirMapping
from wardwise.sites.hl7_mapping import Hl7Mapping
from wardwise.sites.kinds import unknown_kinds
from wardwise.sites.meds_mapping import MedsMapping
from wardwise.sites.naming import named
from wardwise.sites.tree import read_tree
from wardwise.sites.vital_codes import unknown_vitals

Mapping = Hl7Mapping | FhirMapping | CsvMapping | MedsMapping

FORMATS: dict[str, type[BaseModel]] = {
    "hl7v2": Hl7Mapping,
    "fhir": FhirMapping,
    "csv": CsvMapping,
    "meds": MedsMapping,
    "omop": MedsMapping,
}


def read_mapping(file: Path, *, kinds: Collection[str] = ()) -> Mapping:
    """The mapping of a file; raises BrokenFiles, one line for each problem. `kinds` are those that exist, if known."""
    document = named(extended(read_tree(file), file))
    tree = document.tree if isinstance(document.tree, dict) else {}
    written = tree.get("format")
    model = FORMATS.get(written) if isinstance(written, str) else None
    if model is None:
        word = written if isinstance(written, str) else ""
        problem = Problem(("format",), "must say how the feed speaks", nearest(word, FORMATS))
        raise BrokenFiles([document.broken(problem)])
    try:
        return cast("Mapping", validated(document, model, also=partial(_unknown, kinds=kinds)))
    except BrokenFiles as broken:
        raise BrokenFiles(_once(broken.problems)) from None


def edition_of(mapping: Mapping) -> str:
    """The version with those of the files it extends: a change of any gives other event ids."""
    return "+".join([str(mapping.version), *mapping.over])


def _once(problems: tuple[BrokenFile, ...]) -> list[BrokenFile]:
    """Without repeats: a fault in a name is one fault, wherever the name is used."""
    known: dict[tuple[str, ...], BrokenFile] = {}
    for each in problems:
        facts = each.facts
        key = str(facts["file"]), str(facts["line"]), str(facts["what"]), str(facts["field"]).rpartition(".")[2]
        known.setdefault(key, each)
    return list(known.values())


def _unknown(mapping: Mapping, kinds: Collection[str]) -> Iterator[Problem]:
    yield from unknown_kinds(mapping, kinds)
    yield from unknown_vitals(mapping)
