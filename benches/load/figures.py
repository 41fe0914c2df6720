"""The figures of a bench: what every bench can be asked for, and how its figures are printed."""

import argparse
import json
from collections.abc import Mapping


def options(says: str | None) -> argparse.ArgumentParser:
    """The options of a bench whose docstring this is; further ones may be added."""
    parser = argparse.ArgumentParser(description=says, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def print_figures(found: Mapping[str, object], *, as_json: bool) -> None:
    """One JSON object, or a line for each figure."""
    print(json.dumps(found) if as_json else "\n".join(f"{name}: {value}" for name, value in found.items()))
