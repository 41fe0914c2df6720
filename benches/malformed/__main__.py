"""What becomes of malformed input, by class: `python -m benches.malformed [--each N] [--seed S] [--json]`.

Exit code 1 when an input was dealt with in silence, or a class under another reason than it should be.
"""

import argparse
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field

from benches.malformed.defects import DEFECTS
from benches.malformed.judge import Hospital, inputs


@dataclass(slots=True)
class Row:
    """One class of the report."""

    inputs: int = 0
    facts: int = 0
    silent: int = 0
    otherwise: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def report(each: int, seed: int) -> tuple[dict[str, Row], bool]:
    """The rows by class, and whether the books balance."""
    hospital = Hospital()
    rows = {name: Row() for name in DEFECTS}
    for name, content, file in inputs(each, seed):
        fate, row = hospital.takes(content, file=file), rows[name]
        codes = [reason.partition(":")[0] for reason in fate.reasons]
        row.inputs += 1
        row.facts += fate.facts
        row.silent += not fate.raws or not codes
        row.otherwise += not any(re.match(DEFECTS[name].told, reason) for reason in fate.reasons)
        row.reasons.update(codes)
    books = hospital.books()
    return rows, books.holds and not books.pending


def main() -> int:
    """Print the report."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--each", type=int, default=12)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--json", action="store_true")
    told = arguments.parse_args()
    rows, balanced = report(told.each, told.seed)
    bad = sum(row.silent + row.otherwise for row in rows.values())
    if told.json:
        classes = {
            name: {"inputs": row.inputs, "silent": row.silent, "reasons": row.reasons} for name, row in rows.items()
        }
        sys.stdout.write(json.dumps({"seed": told.seed, "balanced": balanced, "classes": classes}) + "\n")
    else:
        for name, row in rows.items():
            reasons = ", ".join(f"{code} {count}" for code, count in row.reasons.most_common(4))
            mark = "" if not row.silent + row.otherwise else f"  SILENT {row.silent}, OTHERWISE {row.otherwise}"
            sys.stdout.write(f"{name:<40} {row.inputs:>4} in {row.facts:>4} facts  {reasons}{mark}\n")
        total = sum(row.inputs for row in rows.values())
        sys.stdout.write(
            f"{total} inputs in {len(rows)} classes, books {'balance' if balanced else 'DO NOT BALANCE'}\n"
        )
    return 0 if balanced and not bad else 1


if __name__ == "__main__":
    sys.exit(main())
