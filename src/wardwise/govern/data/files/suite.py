"""The contract suite: every rule on one file."""

from collections.abc import Callable, Iterator
from pathlib import Path

from wardwise.govern.data.files import form, parts, sense
from wardwise.govern.data.files.sheet import Sheet, read_sheet
from wardwise.govern.data.files.trap import Trap
from wardwise.sites.file_contract import FileContract

RULES: tuple[Callable[[Sheet], Iterator[Trap]], ...] = (
    form.charset,
    form.columns,
    form.times,
    form.tokens,
    form.numbers,
    sense.ranges,
    sense.relations,
    sense.keys,
    sense.totals,
    parts.rounded,
    parts.absent,
    parts.calendar,
)


def traps(path: Path, contract: FileContract) -> list[Trap]:
    """Every finding about a file; raises NotRunnable when it is no table at all."""
    sheet = read_sheet(path, contract)
    return [trap for rule in RULES for trap in rule(sheet)]
