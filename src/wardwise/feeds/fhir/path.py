"""The places of a mapping in a resource: `subject->birthDate`, `identifier[use=official].value`.

sites/fhir_mapping.py says what they mean. A path is made into steps once; looking walks them depth first and ends
at the first text.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, Protocol

from wardwise.feeds.fhir.limits import STANDARD
from wardwise.sites.fhir_mapping import PART

_STEP = re.compile(rf"(?P<link>\.|->((?P<type>[A-Z][A-Za-z]*)\.)?)?(?P<part>{PART})")
_DEEPEST = 40

Follow = Callable[[dict[str, Any], str], dict[str, Any] | None]


class Ground(Protocol):
    """What a path is looked up in."""

    def start(self, first: str) -> tuple[Any, bool]:
        """Where a path begins, and whether its first name stands for that already."""
        ...

    def follow(self, reference: dict[str, Any], wanted: str) -> dict[str, Any] | None:
        """What a reference leads to, of the wanted type if one is; None where it leads nowhere."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One element on the way: `follow` the reference before it, to a resource of type `wanted` if it is not empty."""

    name: str
    number: int = 0
    where: tuple["Step", ...] = ()
    equals: str = ""
    follow: bool = False
    wanted: str = ""


def steps_of(path: str) -> tuple[Step, ...]:
    """The steps of a path that the mapping's own check has let pass."""
    return tuple(_step(found) for found in _STEP.finditer(path))


def _step(found: re.Match[str]) -> Step:
    name, _, condition = found["part"].rstrip("]").partition("[")
    follow, wanted = (found["link"] or "").startswith("->"), found["type"] or ""
    if not condition:
        return Step(name, follow=follow, wanted=wanted)
    if condition.isdigit():
        return Step(name, number=int(condition), follow=follow, wanted=wanted)
    path, _, equals = condition.partition("=")
    return Step(name, where=steps_of(path), equals=equals.strip(), follow=follow, wanted=wanted)


def look_up(steps: tuple[Step, ...], ground: Ground) -> str:
    """The first text at the end of the steps, without blanks around it; empty where there is none."""
    node, there = ground.start(steps[0].name)
    if there and not (steps[0].number or steps[0].where):
        steps = steps[1:]
    return next((text for text in _texts(node, steps, ground, _DEEPEST) if text), "")


def _texts(node: Any, steps: tuple[Step, ...], ground: Ground, depth: int) -> Iterator[str]:
    if not depth:
        return
    if isinstance(node, list):
        for item in islice(node, STANDARD.items):
            yield from _texts(item, steps, ground, depth - 1)
    elif not steps:
        yield spelled(node)
    elif isinstance(node, dict):
        step = steps[0]
        here = ground.follow(node, step.wanted) if step.follow else node
        value = here.get(step.name) if here is not None else None
        if value is not None:
            yield from _texts(_kept(value, step, ground), steps[1:], ground, depth - 1)


def _kept(value: Any, step: Step, ground: Ground) -> Any:
    """The items that a condition leaves."""
    if step.number:
        items = value if isinstance(value, list) else [value]
        return items[step.number - 1 : step.number]
    if step.where:
        items = value if isinstance(value, list) else [value]
        wanted = step.equals
        return [each for each in islice(items, STANDARD.items) if wanted in _texts(each, step.where, ground, _DEEPEST)]
    return value


def spelled(value: Any) -> str:
    """A value as text: numbers without an exponent, true and false as words; empty for objects and nothing."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else ""
