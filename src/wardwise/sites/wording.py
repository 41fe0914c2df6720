"""pydantic's findings in the words of the person who wrote the file."""

import typing
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from wardwise.sites.broken import KIND_OF_WRONG, Path, Problem, nearest
from wardwise.sites.tree import Tree

LONGEST_SHOWN = 40

_SHAPES = {
    "model_type": "must have keys of its own",
    "model_attributes_type": "must have keys of its own",
    "dict_type": "must have keys of its own",
    "mapping_type": "must have keys of its own",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "enum": "is not one of the choices",
    "literal_error": "is not one of the choices",
}
_REMEDIES = {
    "must have keys of its own": "Write its keys on the lines below, indented by two spaces",
    "must be a list": "Write each item on its own line after `- `, or all in [brackets]",
    "must be true or false": "Write true or false",
    "must be a whole number": "Write digits only",
    "must be a number": "Write a number such as 12 or 0.85, without quotes or a unit",
}
_BOUNDS = {
    "greater_than_equal": ("must be at least {ge}", "ge"),
    "greater_than": ("must be more than {gt}", "gt"),
    "less_than_equal": ("must be at most {le}", "le"),
    "less_than": ("must be less than {lt}", "lt"),
}


def problem_of(error: ErrorDetails, model: type[BaseModel], tree: Tree) -> Problem:
    """One finding as a problem whose path is one that can be seen in the file."""
    path = visible(error["loc"], tree)
    kind = error["type"]
    if kind == KIND_OF_WRONG:
        return Problem(path, str(error["ctx"]["what"]), str(error["ctx"]["remedy"]))
    if kind == "missing":
        return _missing(path, model)
    if kind == "extra_forbidden":
        known = [name for each in models_at(model, path[:-1]) for name in _fields(each)]
        return Problem(path, "is not a key that is known here", nearest(str(path[-1]), known))
    if kind in _SHAPES:
        return _shape(path, error)
    return _bound(path, error)


def visible(loc: tuple[str | int, ...], tree: Tree) -> Path:
    """The location without pydantic's own steps (names of union branches), as the file shows it.

    A last step that is absent stays: it is the key that is missing.
    """
    path: list[str | int] = []
    here = tree
    for number, step in enumerate(loc, start=1):
        if isinstance(here, dict) and step in here:
            here = here[str(step)]
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        elif number < len(loc) or not isinstance(here, dict) or step == "[key]":
            continue
        path.append(step)
    return tuple(path)


def models_at(model: type[BaseModel], path: Path) -> list[type[BaseModel]]:
    """The models that may stand at a path of a model; used to say which keys are known there."""
    here: list[type[BaseModel]] = [model]
    for step in path:
        found: list[type[BaseModel]] = []
        for each in here:
            annotation = _annotation(each, step)
            found.extend(_models_in(annotation))
        here = found
    return [part for each in here for part in ([each] if "root" not in each.model_fields else _root(each))]


def _root(model: type[BaseModel]) -> list[type[BaseModel]]:
    return list(_models_in(model.model_fields["root"].annotation))


def _annotation(model: type[BaseModel], step: str | int) -> object:
    """What stands behind a key; an index or the key of a table leads to the same models as the whole."""
    if step in _fields(model):
        return _fields(model)[str(step)].annotation
    root = model.model_fields.get("root")
    return root.annotation if root is not None else model


def _fields(model: type[BaseModel]) -> Mapping[str, typing.Any]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models_in(inner)


def _missing(path: Path, model: type[BaseModel]) -> Problem:
    meanings = [
        str(_fields(each)[str(path[-1])].description or "")
        for each in models_at(model, path[:-1])
        if path[-1] in _fields(each)
    ]
    meaning = next((text for text in meanings if text), "")
    return Problem(path, "is missing", f"Add `{path[-1]}: ...`" + (f" ({meaning})" if meaning else ""))


def _shape(path: Path, error: ErrorDetails) -> Problem:
    what = _SHAPES[error["type"]]
    got = shown(error["input"])
    if "choices" in what:
        words = [word for word in str(error["ctx"]["expected"]).replace(" or ", ", ").split(", ") if word]
        return Problem(path, f"{what}: it is {got}", nearest(str(error["input"]), [w.strip("'") for w in words]))
    remedy = _REMEDIES.get(what)
    if remedy is None:
        plain = isinstance(error["input"], int | Decimal) and not isinstance(error["input"], bool)
        remedy = f'Put it in quotes: "{error["input"]}"' if plain else "Write words, in quotes if in doubt"
    return Problem(path, f"{what}, not {got}", remedy)


def _bound(path: Path, error: ErrorDetails) -> Problem:
    kind, ctx = error["type"], error.get("ctx", {})
    if kind in _BOUNDS:
        template, key = _BOUNDS[kind]
        return Problem(path, f"{template.format(**{key: ctx[key]})}, not {shown(error['input'])}", "Correct the number")
    if kind in {"too_long", "string_too_long"}:
        limit = ctx["max_length"]
        return Problem(path, f"has more than {limit} items or characters", f"Keep it to {limit}")
    if kind in {"too_short", "string_too_short"}:
        limit = ctx["min_length"]
        return Problem(path, f"has fewer than {limit} items or characters", f"Give at least {limit}")
    return Problem(path, error["msg"][:1].lower() + error["msg"][1:], "Correct it")


_KINDS: tuple[tuple[type | tuple[type, ...], Callable[[typing.Any], str]], ...] = (
    (bool, lambda value: "true" if value else "false"),
    ((int, Decimal), lambda value: f"the number {value}"),
    (str, lambda value: f"the text `{value[:LONGEST_SHOWN]}`"),
    ((list, tuple), lambda _: "a list"),
    (dict, lambda _: "a group of keys"),
)


def shown(value: object) -> str:
    """What was found, in a few words."""
    if value is None:
        return "nothing"
    return next((say(value) for kind, say in _KINDS if isinstance(value, kind)), "something else")
