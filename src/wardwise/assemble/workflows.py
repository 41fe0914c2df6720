"""Finds every workflow by itself and declares it for a site: a folder here, or an entry point of another package.

There is no list to keep. A folder under `wardwise.workflows` with a `workflow.py` is a workflow; a package of another
distribution is one by its entry point in the group `wardwise.workflows` (name = the workflow's, value = the package).
Finding imports no workflow; declaring imports its `workflow.py` alone.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import wardwise.workflows
from wardwise.assemble.workflow_files import read_files
from wardwise.errors import BrokenFile
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.workflow import Workflow
from wardwise.sites.broken import BrokenFiles
from wardwise.sites.load import SiteFolder

GROUP = "wardwise.workflows"
DECLARATION = "workflow.py"


@dataclass(frozen=True, slots=True)
class Found:
    """A workflow that can be declared: its package by import name, and the folder its files are in."""

    name: str
    package: str
    folder: Path


def found_workflows() -> dict[str, Found]:
    """Every workflow installed here by name, in order of name; raises BrokenFile where two share one."""
    found: dict[str, Found] = {}
    for each in [*_own(), *_of_others()]:
        if each.name in found:
            what = f"shares its name with the workflow in {found[each.name].folder}"
            raise _broken(each, "name", what=what, remedy="Rename one of the two")
        found[each.name] = each
    return dict(sorted(found.items()))


def load_workflows(site: SiteFolder) -> dict[str, Workflow]:
    """Every workflow declared for a site, by name; raises BrokenFiles with every problem of every workflow."""
    declared: dict[str, Workflow] = {}
    problems: list[BrokenFile] = []
    for name, found in found_workflows().items():
        try:
            declared[name] = declare(found, site)
        except BrokenFiles as broken:
            problems.extend(broken.problems)
        except BrokenFile as broken:
            problems.append(broken)
    if problems:
        raise BrokenFiles(problems)
    return declared


def declare(found: Found, site: SiteFolder) -> Workflow:
    """One workflow declared for a site; raises BrokenFiles or BrokenFile."""
    files = read_files(found.folder, found.name, site)
    workflow = _declaration(found)(files)
    if workflow.name != found.name:
        what = f"declares the name `{workflow.name}`, but is found as `{found.name}`"
        raise _broken(found, "name", what=what, remedy="Give both the same name")
    return workflow


def _own() -> Iterator[Found]:
    for module in pkgutil.iter_modules(wardwise.workflows.__path__):
        package = f"{GROUP}.{module.name}"
        folder = _folder(package) if module.ispkg else None
        if folder is not None and (folder / DECLARATION).is_file():
            yield Found(module.name, package, folder)


def _of_others() -> Iterator[Found]:
    for entry in sorted(entry_points(group=GROUP), key=lambda each: (each.name, each.value)):
        folder = _folder(entry.value)
        if folder is None or not (folder / DECLARATION).is_file():
            what = f"is announced as the package {entry.value}, which holds no {DECLARATION}"
            remedy = f"Reinstall the package that brings it, or correct its entry point in the group {GROUP}"
            raise BrokenFile(file=f"entry point {entry.name}", line=1, field=entry.name, what=what, remedy=remedy)
        yield Found(entry.name, entry.value, folder)


def _folder(package: str) -> Path | None:
    try:
        spec = find_spec(package)
    except ModuleNotFoundError:
        return None
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else None


def _declaration(found: Found) -> Callable[[Files], Workflow]:
    module = importlib.import_module(f"{found.package}.workflow")
    declaration = getattr(module, "declare", None)
    if not callable(declaration):
        what = "is missing"
        raise _broken(found, "declare", what=what, remedy="Write `def declare(files: Files) -> Workflow`")
    return cast("Callable[[Files], Workflow]", declaration)


def _broken(found: Found, field: str, *, what: str, remedy: str) -> BrokenFile:
    return BrokenFile(file=found.folder / DECLARATION, line=1, field=field, what=what, remedy=remedy)
