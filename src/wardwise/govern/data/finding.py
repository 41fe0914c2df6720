"""A finding: one rule of a contract that is broken now, and how the log is told of it and of its end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from wardwise.hospital.moment import iso
from wardwise.loop.capture.canonical import decimal
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.derive.state.breaches import Breach, breaches
from wardwise.loop.derive.view import View

MOST_EXAMPLES = 5


class Sort(StrEnum):
    """What has drifted: the form of the data, their meaning, or single values out of bounds."""

    SCHEMA = "schema"
    SEMANTIC = "semantic"
    VALUES = "values"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`what` is a sentence for people without any value of a person; `examples` are ids of events.

    `cleared` says that the rule is kept now; neither found nor cleared leaves what was said before as it stands.
    """

    feed: str
    rule: str
    sort: Sort
    subject: str = ""
    event: str | None = None
    field: str | None = None
    what: str = ""
    count: int = 0
    share: float = 0.0
    examples: tuple[str, ...] = ()
    steps_down: bool = True
    found: bool = True
    cleared: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """Feed, rule and subject."""
        return self.feed, self.rule, self.subject


def changes(view: View, findings: Iterable[Finding]) -> Iterator[Draft]:
    """A `contract.breached` for each finding that does not stand yet, and one for each that stood and is cleared."""
    standing = {breach.key: breach for breach in breaches(view)}
    for finding in findings:
        stood = standing.get(finding.key)
        if finding.found and stood is None:
            yield _draft(view, finding, state="broken")
        elif finding.cleared and stood is not None:
            yield _draft(view, _ended(finding, stood), state="kept", cause=stood.id)


def _ended(finding: Finding, stood: Breach) -> Finding:
    return Finding(
        feed=stood.feed,
        rule=stood.rule,
        sort=finding.sort,
        subject=stood.subject,
        event=stood.event,
        field=stood.field,
        what=f"kept again: {stood.what}",
        steps_down=stood.steps_down,
    )


def _draft(view: View, finding: Finding, *, state: str, cause: str = "") -> Draft:
    at, key = view.instant.at, "/".join(finding.key)
    optional = {"event": finding.event, "field": finding.field, "subject": finding.subject or None}
    return Draft(
        id=derived_id(
            "g",
            kind="contract.breached",
            workflow="contract",
            entity=key,
            position=view.instant.position,
            cause=f"{state}@{iso(at)}",
        ),
        kind="contract.breached",
        occurred_at=at,
        source="wardwise/contract",
        caused_by=(cause,) if cause else (),
        payload={
            "feed": finding.feed,
            "rule": finding.rule,
            "what": finding.what,
            "state": state,
            "drift": finding.sort.value,
            "count": finding.count,
            "share": decimal(round(finding.share, 4)),
            "examples": list(finding.examples[:MOST_EXAMPLES]),
            "steps_down": finding.steps_down,
            **{name: value for name, value in optional.items() if value is not None},
        },
    )
