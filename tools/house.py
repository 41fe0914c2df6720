"""Check what the linters do not: sizes, names, clocks, chance, pickles. `python tools/house.py [SRC]`.

Prints one line per fault as `file:line: what`, and exits with 1 if there is any.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
CODE_FROM_FILES = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
WALL_CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
CLOCK_HOME = "run/clock.py"

Fault = tuple[Path, int, str]


def faults(source: Path) -> Iterator[Fault]:
    """Every fault under a source folder."""
    for path in sorted(source.rglob("*.py")):
        text = path.read_text()
        tree = ast.parse(text, str(path))
        yield from _sizes(path, text, tree)
        if path.stem in VAGUE:
            yield path, 1, f"the name {path.stem} says nothing; name the file after its one public thing"
        if not path.as_posix().endswith(CLOCK_HOME):
            yield from _clocks(path, tree)
        yield from _imports(path, tree)
        yield from _chance(path, tree)


def _sizes(path: Path, text: str, tree: ast.AST) -> Iterator[Fault]:
    lines = text.count("\n")
    if lines > LONGEST_FILE:
        yield path, 1, f"{lines} lines; split it by idea, {LONGEST_FILE} at most"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            length = node.end_lineno - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield path, node.lineno, f"{node.name} has {length} lines, {LONGEST_FUNCTION} at most"


def _clocks(path: Path, tree: ast.AST) -> Iterator[Fault]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and (node.value.id, node.attr) in WALL_CLOCK
        ):
            yield path, node.lineno, f"{node.value.id}.{node.attr} reads a wall clock; take `now` as an argument"


def _imports(path: Path, tree: ast.AST) -> Iterator[Fault]:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        else:
            continue
        for top in {name.split(".")[0] for name in names} & CODE_FROM_FILES:
            yield path, node.lineno, f"{top} runs code from files; keep artefacts as JSON or text"


def _chance(path: Path, tree: ast.AST) -> Iterator[Fault]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        on_module = isinstance(node.func.value, ast.Name) and node.func.value.id == "random"
        if on_module and not (node.func.attr == "Random" and node.args):
            yield path, node.lineno, f"random.{node.func.attr} draws unseeded chance; take a seeded generator instead"


def main(arguments: list[str]) -> int:
    """Print the faults of a source folder."""
    found = list(faults(Path(arguments[0] if arguments else "src/wardwise")))
    for path, line, what in found:
        print(f"{path}:{line}: {what}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
