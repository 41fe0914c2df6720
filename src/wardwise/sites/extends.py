"""A mapping file laid over those it extends: theirs counts where it says nothing itself.

`extends` names one file or a list of them: `adt.yaml` beside it, `../region/adt.yaml`, or one that comes with
wardwise, `standard/adt.yaml`. Each may extend others in turn; what stands first in a list is laid over what follows.
`codes` are merged entry by entry, `names` name by name. Own rules and ignores are tried before those taken over, and
take their messages from them: a rule for A08 of one's own, or an own `ignore` of A08, leaves no other rule for A08.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from wardwise.sites.broken import BrokenFiles, Problem, unresolved
from wardwise.sites.broken import Path as TreePath
from wardwise.sites.tree import Document, Spot, Tree, read_tree

STANDARD = Path(__file__).parent / "standard"

_FILE = re.compile(r"(\.\./|standard/)?[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*\.yaml")
_MERGED = {"codes": 2, "names": 1}  # how deep: table and entry, name
_BEFORE = ("rules", "ignore", "emit", "entries")
_DEEPEST = 8

Item = dict[str, Tree]


def extended(document: Document, file: Path) -> Document:
    """The document laid over all that it extends; `over` holds the versions of those. Raises BrokenFiles."""
    return _extended(document, (file,))


def _extended(document: Document, line: tuple[Path, ...]) -> Document:
    tree = document.tree
    if not isinstance(tree, dict) or "extends" not in tree:
        return document
    names = tree["extends"] if isinstance(tree["extends"], list) else [tree["extends"]]
    own: Item = {key: value for key, value in tree.items() if key != "extends"}
    whole = Document(document.file, own, document.spots)
    over: list[Tree] = []
    for name in names:
        parent_file = _found(document, name, line)
        parent = _extended(read_tree(parent_file), (*line, parent_file))
        if isinstance(parent.tree, dict):
            over += [f"{name}@{parent.tree.get('version', 0)}", *_listed(parent.tree, "over")]
            whole = _laid_over(whole, parent)
    return Document(whole.file, {**cast("Item", whole.tree), "over": list(dict.fromkeys(map(str, over)))}, whole.spots)


def _found(document: Document, name: Tree, line: tuple[Path, ...]) -> Path:
    """The file a name leads to; raises BrokenFiles."""
    folder = line[-1].parent
    if not isinstance(name, str) or not _FILE.fullmatch(name):
        known = [*_beside(folder, line), *(f"standard/{each.name}" for each in sorted(STANDARD.glob("*.yaml")))]
        raise BrokenFiles([document.broken(unresolved(("extends",), str(name), "file", known=known))])
    file = STANDARD.parent / name if name.startswith("standard/") else folder / name
    if not file.is_file():
        known = [f"standard/{each.name}" for each in STANDARD.glob("*.yaml")] if "/" in name else _beside(folder, line)
        raise BrokenFiles([document.broken(unresolved(("extends",), name, "file", known=known))])
    if file.resolve() in [each.resolve() for each in line] or len(line) > _DEEPEST:
        problem = Problem(("extends",), f"`{name}` leads back to this file or too deep", "Extend another file")
        raise BrokenFiles([document.broken(problem)])
    return file


def _beside(folder: Path, line: tuple[Path, ...]) -> list[str]:
    files = sorted(folder.glob("*.yaml"))
    return [file.name for file in files if file not in line and not file.name.endswith(".test.yaml")]


def _laid_over(upper: Document, lower: Document) -> Document:
    own, taken = cast("Item", upper.tree), cast("Item", lower.tree)
    merged = {**taken, **own}
    spots: dict[TreePath, Spot] = {path: spot for path, spot in lower.spots.items() if path[:1] not in _lists()}
    spots.update(upper.spots)
    for key, depth in _MERGED.items():
        merged[key] = _merged(own.get(key, {}), taken.get(key, {}), depth=depth)
    for key in _BEFORE:
        if isinstance(taken.get(key), list):
            first = _listed(own, key)
            left = list(_left(_listed(taken, key), own) if key in {"rules", "ignore"} else enumerate(taken[key]))  # type: ignore[arg-type]
            merged[key] = [*first, *(item for _, item in left)]
            spots.update(_moved(lower, key, [index for index, _ in left], len(first)))
    return Document(upper.file, {key: value for key, value in merged.items() if value != {}}, spots)


def _lists() -> set[TreePath]:
    return {(key,) for key in _BEFORE}


def _listed(tree: Item, key: str) -> list[Tree]:
    found = tree.get(key)
    return found if isinstance(found, list) else []


def _left(items: Sequence[Tree], own: Item) -> Iterator[tuple[int, Tree]]:
    """What is left of rules taken over, with their places: messages that own rules or ignores claim are not theirs."""
    claims = [match for key in ("rules", "ignore") for each in _listed(own, key) if (match := _match(each))]
    for index, item in enumerate(items):
        match = _match(item)
        left = _unclaimed(match, claims) if match else match
        if match is None:
            yield index, item
        elif left is not None:
            yield index, {**cast("Item", item), "match": left}


def _match(item: Tree) -> Item | None:
    match = item.get("match") if isinstance(item, dict) else None
    return match if isinstance(match, dict) else None


def _unclaimed(match: Item, claims: Sequence[Item]) -> Item | None:
    """The match without the triggers that others claim for every sender; None where nothing is left of it."""
    triggers = _triggers(match)
    for claim in claims:
        if claim.get("type") != match.get("type") or claim.get("sender") is not None:
            continue
        claimed = _triggers(claim)
        if not claimed:
            return None
        if triggers:
            triggers = [each for each in triggers if each not in claimed]
            if not triggers:
                return None
    return {**match, "trigger": triggers} if triggers else match


def _triggers(match: Item) -> list[Tree]:
    found = match.get("trigger")
    return found if isinstance(found, list) else [found] if isinstance(found, str) else []


def _moved(lower: Document, key: str, kept: Sequence[int], by: int) -> dict[TreePath, Spot]:
    places = {before: by + after for after, before in enumerate(kept)}
    return {
        (key, places[int(path[1])], *path[2:]): spot
        for path, spot in lower.spots.items()
        if path[:1] == (key,) and len(path) > 1 and path[1] in places
    }


def _merged(upper: Tree, lower: Tree, *, depth: int) -> Tree:
    if depth == 0 or not isinstance(upper, dict) or not isinstance(lower, dict):
        return upper
    both = {**lower, **upper}
    return {
        key: _merged(upper[key], lower[key], depth=depth - 1) if key in upper and key in lower else value
        for key, value in both.items()
    }
