"""What is wrong with a file, said so that the person who wrote it can put it right."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic_core import PydanticCustomError

from wardwise.errors import BrokenFile, WardwiseError

KIND_OF_WRONG = "wardwise"
MOST_CHOICES = 12

Path = tuple[str | int, ...]


class BrokenFiles(WardwiseError):
    """{listing}"""

    exit_code = 11

    def __init__(self, problems: Iterable[BrokenFile]) -> None:
        """Keep every problem, in order of file and line; the message is one line for each."""
        self.problems = tuple(sorted(problems, key=lambda p: (str(p.facts["file"]), int(str(p.facts["line"])))))
        super().__init__(listing="\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; `path` leads to it from the top of its file, list positions from 0."""

    path: Path
    what: str
    remedy: str

    def under(self, *parents: str | int) -> "Problem":
        """The same problem seen from further up."""
        return Problem((*parents, *self.path), self.what, self.remedy)


def dotted(path: Path) -> str:
    """`units.2.beds`; the file itself is `(file)`."""
    return ".".join(str(part) for part in path) or "(file)"


def nearest(word: str, known: Iterable[str]) -> str:
    """`Did you mean ...?` where a known word is close, else the known words themselves."""
    words = sorted(known)
    close = get_close_matches(word.lower(), words, n=1, cutoff=0.6)
    if close:
        return f"Did you mean `{close[0]}`?"
    if not words:
        return "Nothing can be named here yet; declare it first, or leave this out."
    shown = ", ".join(f"`{each}`" for each in words[:MOST_CHOICES])
    return f"Choose from: {shown}{', ...' if len(words) > MOST_CHOICES else ''}."


def unresolved(path: Path, word: str, noun: str, *, known: Iterable[str]) -> Problem:
    """A name that leads nowhere."""
    return Problem(path, f"names the {noun} `{word}`, which does not exist", nearest(word, known))


def wrong(what: str, remedy: str) -> PydanticCustomError:
    """What a field's own check raises inside pydantic, so that its remedy survives."""
    return PydanticCustomError(KIND_OF_WRONG, "{what}", {"what": what, "remedy": remedy})
