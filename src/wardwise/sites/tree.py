"""YAML 1.2 text to a plain tree that remembers the line of every key and item.

Only what JSON knows plus decimals: no tags, anchors, aliases, directives or second documents, so a small
file cannot unfold into a large one. Numbers with a fraction become Decimal with the digits as written; dates,
clock times and codes with a leading zero (`007`) stay text until a model reads them; keys are always text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path as FilePath
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamStartEvent,
)

from wardwise.errors import BrokenFile
from wardwise.sites.broken import BrokenFiles, Path, Problem, dotted

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 24
MAX_NODES = 50_000
MAX_DIGITS = 40
MAX_LINES = 20_000
MAX_LINE = 4_096
MAX_PROBLEMS = 100

Tree = None | bool | int | Decimal | str | list["Tree"] | dict[str, "Tree"]

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"[-+]?[0-9]+")
_PADDED = re.compile(r"[-+]?0[0-9]+")
_FRACTION = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_NOT_NUMBERS = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class Spot(NamedTuple):
    """Where something stands: a file and a line counted from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """The content of one file and the spot of everything in it."""

    file: str
    tree: Tree
    spots: Mapping[Path, Spot]

    def spot(self, path: Path) -> Spot:
        """Where a path stands; for a path that is not there, the nearest thing that encloses it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.spots:
                return self.spots[path[:length]]
        return self.spots.get((), Spot(self.file, 1))

    def broken(self, problem: Problem) -> BrokenFile:
        """The problem with its file and line."""
        spot = self.spot(problem.path)
        return broken(spot, problem.path, what=problem.what, remedy=problem.remedy)


def broken(spot: Spot, path: Path, *, what: str, remedy: str) -> BrokenFile:
    """A BrokenFile of its parts."""
    return BrokenFile(file=spot.file, line=spot.line, field=dotted(path), what=what, remedy=remedy)


def read_tree(file: FilePath) -> Document:
    """The tree of a YAML file; raises BrokenFiles with every problem that is not about meaning."""
    return parse_tree(_bytes_of(file), str(file))


def read_text(file: FilePath) -> str:
    """The text of a configuration file that is not YAML."""
    return _text_of(_bytes_of(file), str(file))


def parse_tree(data: bytes, file: str) -> Document:
    """The tree of YAML bytes; `file` is the name that messages use."""
    builder = _Builder(file)
    try:
        events = YAML(typ="safe", pure=True).parse(_text_of(data, file))
        tree = builder.document(events)
    except MarkedYAMLError as error:
        raise BrokenFiles([*builder.problems, _marked(error, file)]) from None
    except (YAMLError, ValueError) as error:
        what = " ".join(str(error).split())[:120]
        raise BrokenFiles([*builder.problems, _syntax(Spot(file, 1), what)]) from None
    if builder.problems:
        raise BrokenFiles(builder.problems)
    return Document(file, tree, builder.spots)


def _marked(error: MarkedYAMLError, file: str) -> BrokenFile:
    what = " ".join(str(error.problem or error.context or "it cannot be read").split())
    # What is never closed is only missed at the end of the file; the place to look is where it was opened.
    unclosed = "end of stream" in what and error.context_mark is not None
    mark = error.context_mark if unclosed else error.problem_mark or error.context_mark
    return _syntax(Spot(file, mark.line + 1 if mark is not None else 1), what)


def _too_deep(spot: Spot, path: Path = ()) -> BrokenFile:
    return broken(spot, path, what="is nested too deeply or holds too much", remedy="Split the file or flatten it")


def _syntax(spot: Spot, what: str) -> BrokenFile:
    return broken(
        spot,
        (),
        what=f"is not valid YAML: {what}",
        remedy="Look at this line and the one above: indentation by spaces, a colon and a space after each key, "
        "quotes in pairs",
    )


def _bytes_of(file: FilePath) -> bytes:
    spot = Spot(str(file), 1)
    try:
        if file.stat().st_size > MAX_BYTES:
            what, remedy = f"is larger than {MAX_BYTES:,} bytes", "Split it; a configuration file is never this large"
            raise BrokenFiles([broken(spot, (), what=what, remedy=remedy)])
        return file.read_bytes()
    except OSError as error:
        what = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
        remedy = "Create it, or correct the path that names it"
        raise BrokenFiles([broken(spot, (), what=what, remedy=remedy)]) from None


def _text_of(data: bytes, file: str) -> str:
    lines = data.split(b"\n", MAX_LINES)
    if len(lines) > MAX_LINES:
        raise BrokenFiles([_too_deep(Spot(file, MAX_LINES))])
    long = next((number for number, row in enumerate(lines, 1) if len(row) > MAX_LINE), 0)
    if long:
        what, remedy = f"has more than {MAX_LINE:,} characters in one line", "Break the line"
        raise BrokenFiles([broken(Spot(file, long), (), what=what, remedy=remedy)])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what, remedy = "is not UTF-8 here", "Save the file as UTF-8"
        raise BrokenFiles([broken(Spot(file, line), (), what=what, remedy=remedy)]) from None


class _Builder:
    """Builds the tree from the parser's events, one pass, and keeps the spots and the problems."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.spots: dict[Path, Spot] = {}
        self.problems: list[BrokenFile] = []
        self.nodes = 0

    def document(self, events: Iterator[Event]) -> Tree:
        tree: Tree = None
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if event.version or event.tags:
                    self.refuse(event, (), what="has a YAML directive", remedy="Remove the line that begins with %")
                if documents > 1:
                    self.refuse(event, (), what="holds a second document", remedy="Put it in a file of its own")
                    raise BrokenFiles(self.problems)
            elif isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent | AliasEvent):
                self.spots.setdefault((), Spot(self.file, event.start_mark.line + 1))
                tree = self.value(event, events, ())
            elif isinstance(event, StreamStartEvent):
                continue
        return tree

    def value(self, event: Event, events: Iterator[Event], path: Path) -> Tree:
        self.nodes += 1
        if self.nodes > MAX_NODES or len(path) > MAX_DEPTH:
            self.problems.append(_too_deep(Spot(self.file, event.start_mark.line + 1), path))
            raise BrokenFiles(self.problems)
        if len(self.problems) > MAX_PROBLEMS:
            raise BrokenFiles(self.problems)
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
            self.refuse(event, path, what="uses an anchor or an alias", remedy="Write the value out where it is needed")
        if getattr(event, "tag", None) is not None:
            self.refuse(event, path, what="has a tag", remedy="Remove the word that begins with !")
        if isinstance(event, SequenceStartEvent):
            return self.sequence(events, path)
        if isinstance(event, MappingStartEvent):
            return self.mapping(events, path)
        return self.scalar(event, path) if isinstance(event, ScalarEvent) else None

    def sequence(self, events: Iterator[Event], path: Path) -> Tree:
        items: list[Tree] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            here = (*path, len(items))
            self.spots[here] = Spot(self.file, event.start_mark.line + 1)
            items.append(self.value(event, events, here))
        return items

    def mapping(self, events: Iterator[Event], path: Path) -> Tree:
        content: dict[str, Tree] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            key = event.value if isinstance(event, ScalarEvent) else None
            if key is None:
                self.refuse(event, path, what="has a key that is not a word", remedy="Write keys as plain words")
                self.value(event, events, path)
                key = ""
            here = (*path, key)
            spot = Spot(self.file, event.start_mark.line + 1)
            if key in content:
                what = f"stands twice (first on line {self.spots[here].line})"
                self.problems.append(broken(spot, here, what=what, remedy="Remove one of the two"))
            self.spots[here] = spot
            content[key] = self.value(next(events), events, here)
        return content

    def scalar(self, event: ScalarEvent, path: Path) -> Tree:
        text: str = event.value
        if event.style is not None:
            return text
        if text in _NULLS:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if _NOT_NUMBERS.fullmatch(text):
            self.refuse(
                event, path, what=f"is {text}, which is no number", remedy="Write a number, or leave the key out"
            )
            return None
        return self.number(event, path) if _FRACTION.fullmatch(text) and not _PADDED.fullmatch(text) else text

    def number(self, event: ScalarEvent, path: Path) -> Tree:
        text: str = event.value
        if len(text) > MAX_DIGITS:
            self.refuse(
                event, path, what=f"is a number of more than {MAX_DIGITS} digits", remedy="Shorten it, or quote it"
            )
            return None
        return int(text) if _WHOLE.fullmatch(text) else Decimal(text)

    def refuse(self, event: Event, path: Path, *, what: str, remedy: str) -> None:
        spot = Spot(self.file, event.start_mark.line + 1)
        self.problems.append(broken(spot, path, what=what, remedy=remedy))
