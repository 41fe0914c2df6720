"""Kinds of event that a file names, each where it stands; which kinds exist, the caller says."""

from collections.abc import Collection, Iterator
from typing import Protocol

from wardwise.sites.broken import Path, Problem, nearest


class NamesKinds(Protocol):
    """A file that names kinds of event."""

    def named_kinds(self) -> Iterator[tuple[Path, str]]:
        """Each kind and the path to it from the top of the file."""
        ...


def kinds_in(content: NamesKinds) -> frozenset[str]:
    """Every kind that a file names."""
    return frozenset(kind for _, kind in content.named_kinds())


def unknown_kinds(content: NamesKinds, known: Collection[str]) -> Iterator[Problem]:
    """A problem for every kind that is not among the known; none where nothing is known."""
    for path, kind in content.named_kinds() if known else ():
        if kind not in known:
            yield Problem(path, f"names the kind `{kind}`, which does not exist", nearest(kind, known))
