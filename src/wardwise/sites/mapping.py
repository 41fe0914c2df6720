"""Reads a mapping file of any format, after laying it over the one it extends and putting names in place."""

from pathlib import Path
from typing import cast

from pydantic import BaseModel

from wardwise.errors import BrokenFile
from wardwise.sites.broken import BrokenFiles, Problem, nearest, unresolved
from wardwise.sites.broken import Path as TreePath
from wardwise.sites.csv_mapping import CsvMapping
from wardwise.sites.document import validated
from wardwise.sites.hl7_mapping import Hl7Mapping
from wardwise.sites.meds_mapping import MedsMapping
from wardwise.sites.tree import Document, Spot, Tree, read_tree

Mapping = Hl7Mapping | CsvMapping | MedsMapping

FORMATS: dict[str, type[BaseModel]] = {"hl7v2": Hl7Mapping, "csv": CsvMapping, "meds": MedsMapping}
_MERGED = ("codes", "names")
_BEFORE = ("rules", "ignore", "emit", "entries")


def read_mapping(file: Path) -> Mapping:
    """The mapping of a file; raises BrokenFiles, one line for each problem."""
    document = _named(_extended(read_tree(file), file))
    tree = document.tree if isinstance(document.tree, dict) else {}
    written = tree.get("format")
    model = FORMATS.get(written) if isinstance(written, str) else None
    if model is None:
        word = written if isinstance(written, str) else ""
        problem = Problem(("format",), "must say how the feed speaks", nearest(word, FORMATS))
        raise BrokenFiles([document.broken(problem)])
    return cast("Mapping", validated(document, model))


def _extended(document: Document, file: Path) -> Document:
    """The document laid over the one it extends, if it does."""
    tree = document.tree
    if not isinstance(tree, dict) or "extends" not in tree:
        return document
    name = tree["extends"]
    parent_file = file.parent / str(name)
    if not isinstance(name, str) or "/" in name or not parent_file.is_file():
        known = sorted(each.name for each in file.parent.glob("*.yaml") if each != file)
        raise BrokenFiles([document.broken(unresolved(("extends",), str(name), "file", known=known))])
    parent = read_tree(parent_file)
    if not isinstance(parent.tree, dict) or "extends" in parent.tree:
        problem = Problem(("extends",), f"`{name}` extends another file itself", "Extend that other file directly")
        raise BrokenFiles([document.broken(problem)])
    own: dict[str, Tree] = {key: value for key, value in tree.items() if key != "extends"}
    return _laid_over(Document(document.file, own, document.spots), parent)


def _laid_over(own: Document, parent: Document) -> Document:
    upper, lower = cast("dict[str, Tree]", own.tree), cast("dict[str, Tree]", parent.tree)
    merged = {**lower, **upper}
    spots: dict[TreePath, Spot] = {path: spot for path, spot in parent.spots.items() if path[:1] not in _lists()}
    spots.update(own.spots)
    for key in _MERGED:
        merged[key] = _merged(upper.get(key, {}), lower.get(key, {}), depth=2)
    for key in _BEFORE:
        first, second = upper.get(key), lower.get(key)
        if isinstance(second, list):
            first = first if isinstance(first, list) else []
            merged[key] = [*first, *second]
            spots.update(_shifted(parent, key, len(first)))
    return Document(own.file, {key: value for key, value in merged.items() if value != {}}, spots)


def _lists() -> set[TreePath]:
    return {(key,) for key in _BEFORE}


def _shifted(parent: Document, key: str, by: int) -> dict[TreePath, Spot]:
    return {
        (key, int(path[1]) + by, *path[2:]): spot
        for path, spot in parent.spots.items()
        if path[:1] == (key,) and len(path) > 1
    }


def _merged(upper: Tree, lower: Tree, *, depth: int) -> Tree:
    if depth == 0 or not isinstance(upper, dict) or not isinstance(lower, dict):
        return upper
    both = {**lower, **upper}
    return {
        key: _merged(upper[key], lower[key], depth=depth - 1) if key in upper and key in lower else value
        for key, value in both.items()
    }


def _named(document: Document) -> Document:
    """The document with every `$name` in place; `names` itself is gone."""
    tree = document.tree
    if not isinstance(tree, dict):
        return document
    names = tree.get("names")
    known = names if isinstance(names, dict) else {}
    found: list[BrokenFile] = []

    def put(value: Tree, path: TreePath) -> Tree:
        if isinstance(value, str) and value.startswith("$"):
            if value[1:] not in known:
                found.append(document.broken(unresolved(path, value[1:], "name", known=known)))
            return known.get(value[1:])
        if isinstance(value, dict):
            return {key: put(each, (*path, key)) for key, each in value.items()}
        if isinstance(value, list):
            return [item for index, each in enumerate(value) for item in _spliced(each, put(each, (*path, index)))]
        return value

    content = {key: put(value, (key,)) for key, value in tree.items() if key != "names"}
    if found:
        raise BrokenFiles(found)
    return Document(document.file, content, document.spots)


def _spliced(before: Tree, after: Tree) -> list[Tree]:
    return after if isinstance(after, list) and isinstance(before, str) else [after]
