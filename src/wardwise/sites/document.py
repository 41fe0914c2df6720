"""Reads a configuration file into a frozen model, or says everything that is wrong with it at once.

The only way in: site folders and workflow folders (needs.yaml, policy.yaml, card.yaml, strings.yaml, stories)
go through `read_yaml`. A model may have a method `problems()` for what types cannot say.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from wardwise.sites.broken import BrokenFiles, Problem
from wardwise.sites.tree import Document, read_tree
from wardwise.sites.wording import problem_of

M = TypeVar("M", bound=BaseModel)


@runtime_checkable
class Checked(Protocol):
    """A model that knows what else can be wrong with it once its shape is right."""

    def problems(self) -> Iterator[Problem]:
        """Everything else that is wrong, with the path from the top of the file."""
        ...


def read_yaml(path: Path, model: type[M], *, also: Callable[[M], Iterable[Problem]] | None = None) -> M:
    """The content of a YAML file as a model; raises BrokenFiles, one line for each problem.

    `also` finds further problems once the shape is right, beside the model's own `problems()`.
    """
    return validated(read_tree(path), model, also=also)


def validated(document: Document, model: type[M], *, also: Callable[[M], Iterable[Problem]] | None = None) -> M:
    """A document as a model; raises BrokenFiles, one line for each problem."""
    try:
        content = model.model_validate(document.tree)
    except ValidationError as error:
        errors = _first_causes(error.errors(include_url=False))
        misshapen = [problem_of(each, model, document.tree) for each in errors]
        raise BrokenFiles(document.broken(problem) for problem in dict.fromkeys(misshapen)) from None
    found = dict.fromkeys([*_own(content), *(also(content) if also else ())])
    if found:
        raise BrokenFiles(document.broken(problem) for problem in found)
    return content


def _first_causes(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without the complaint that a list is too short because its items are broken."""
    broken_below = {each["loc"][:length] for each in errors for length in range(len(each["loc"]))}
    return [each for each in errors if each["type"] != "too_short" or each["loc"] not in broken_below]


def _own(content: object) -> Iterable[Problem]:
    return content.problems() if isinstance(content, Checked) else ()
