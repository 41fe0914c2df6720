"""A tile: one number with everything a person needs to trust it or not."""

from dataclasses import dataclass
from datetime import datetime

from wardwise.surfaces.web.board.severity import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """Texts ready to show. `value` is the number now, `of` what it is held against, `committed` what it becomes by
    moves already decided, `range` the 80% range of what is coming, `legend` how to read it all, `lost` the silent
    feeds it rests on, `seconds` the sources that stand in, each with the feed for which it does.
    """

    key: str
    title: str
    value: str
    of: str
    severity: Severity
    owner: str
    as_of: datetime
    legend: str
    summary: str = ""
    committed: str = ""
    range: str = ""
    marks: tuple[int, ...] = ()
    source: str = ""
    lost: tuple[str, ...] = ()
    seconds: tuple[tuple[str, str], ...] = ()
