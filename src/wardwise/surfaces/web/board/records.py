"""Records that do not fit together, as the governance board lists them, each with its steward."""

from dataclasses import dataclass

from wardwise.loop.capture.ids import shown
from wardwise.loop.derive.state.findings import Finding, findings
from wardwise.surfaces.web.board.glance import Glance

MOST = 50


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding; `about` are keys of places and the beginnings of tokens."""

    code: str
    about: str
    place: str
    since: str
    feed: str
    steward: str


@dataclass(frozen=True, slots=True)
class FindingLines:
    """The newest findings, and how many stand in all."""

    lines: tuple[FindingLine, ...]
    total: int


def about_of(finding: Finding) -> str:
    """Whom or what a finding is about: keys of places whole, tokens by their beginning."""
    return " ".join(part if "/" in part else shown(part) for part in finding.about.split())


def finding_lines(glance: Glance) -> FindingLines:
    """What stands now about patients and staff."""
    found = findings(glance.view)
    lines = tuple(
        FindingLine(
            code=each.code,
            about=about_of(each),
            place=glance.title(each.unit) if each.unit else "",
            since=glance.clock(each.since),
            feed=each.feed,
            steward=each.steward,
        )
        for each in found[:MOST]
    )
    return FindingLines(lines, len(found))
