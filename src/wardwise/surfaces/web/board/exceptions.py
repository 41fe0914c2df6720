"""Exceptions of intake as the feeds board lists them, each with the owner the site names for it."""

from dataclasses import dataclass

from wardwise.loop.derive.state.exceptions import exceptions
from wardwise.surfaces.web.board.glance import Glance
from wardwise.surfaces.web.board.records import about_of

MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionLine:
    """One exception; `about` are keys of places and the beginnings of tokens."""

    sort: str
    code: str
    about: str
    place: str
    since: str
    owner: str


@dataclass(frozen=True, slots=True)
class ExceptionLines:
    """The newest exceptions, and how many stand in all."""

    lines: tuple[ExceptionLine, ...]
    total: int


def exception_lines(glance: Glance) -> ExceptionLines:
    """What stands now."""
    found = exceptions(glance.view)
    lines = tuple(
        ExceptionLine(
            sort=each.sort.value,
            code=each.finding.code,
            about=about_of(each.finding),
            place=glance.title(each.finding.unit) if each.finding.unit else "",
            since=glance.clock(each.finding.since),
            owner=each.owner,
        )
        for each in found[:MOST]
    )
    return ExceptionLines(lines, len(found))
