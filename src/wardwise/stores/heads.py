"""Exported heads: the ends of the logs at an instant, written to a file that is to be kept elsewhere.

Whoever can write the data folder can cut the end off a log and every digest of what is left is right. A head kept where
they cannot write finds it: the log must still pass through it. What was recorded since the last export is exposed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from wardwise.errors import BrokenFile, StoreUnavailable
from wardwise.hospital.moment import from_iso, iso
from wardwise.loop.capture.log import Head


@dataclass(frozen=True, slots=True)
class ExportedHeads:
    """The head of every site's log when they were exported."""

    exported_at: datetime
    heads: Mapping[str, Head]

    def figures(self) -> dict[str, object]:
        """As they are printed and written."""
        return {
            "exported_at": iso(self.exported_at),
            "heads": {site: head_figures(head) for site, head in sorted(self.heads.items())},
        }


def write_heads(file: Path, exported: ExportedHeads) -> None:
    """Write them to a new file; raises StoreUnavailable for one that is there: an older head is evidence."""
    try:
        with file.open("xb") as opened:
            opened.write(orjson.dumps(exported.figures(), option=orjson.OPT_INDENT_2) + b"\n")
    except FileExistsError as fault:
        remedy = "Name a new file, such as one with the date: an exported head is evidence."
        raise StoreUnavailable(store=file, what="it is there already", remedy=remedy) from fault
    except OSError as fault:
        remedy = "Name a file that this user may write."
        raise StoreUnavailable(store=file, what=fault.strerror, remedy=remedy) from fault


def read_heads(file: Path) -> ExportedHeads:
    """The heads of a file; raises BrokenFile for one that `log export-head` did not write."""
    try:
        told = orjson.loads(file.read_bytes())
        heads = {site: head_of(each) for site, each in told["heads"].items()}
        return ExportedHeads(from_iso(told["exported_at"]), heads)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        what, remedy = "holds no exported heads", "Give a file that `wardwise log export-head` wrote"
        raise BrokenFile(file=file, line=1, field="(file)", what=what, remedy=remedy) from fault


def head_figures(head: Head) -> dict[str, object]:
    """A head as it is printed and written."""
    return {"position": head.position, "recorded_at": iso(head.recorded_at), "head": head.chain}


def head_of(told: Mapping[str, object]) -> Head:
    """A head as it was written; raises ValueError, KeyError or TypeError for anything else."""
    position, chain = told["position"], str(told["head"])
    if not isinstance(position, int) or position < 0:
        raise ValueError(position)
    bytes.fromhex(chain)
    return Head(position, from_iso(str(told["recorded_at"])), chain)
