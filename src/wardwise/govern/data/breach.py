"""Contracts enforced: every rule of every feed's contract against what has come, before a workflow may use it."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from wardwise.govern.data.agreement import agreement_findings
from wardwise.govern.data.fields import field_findings
from wardwise.govern.data.finding import Finding, changes
from wardwise.govern.data.reviewed import review_findings
from wardwise.govern.data.unread import unread_findings
from wardwise.loop.capture.event import Draft
from wardwise.loop.derive.view import View

ASIDE = "message.quarantined"


def rule_findings(view: View, kinds: AbstractSet[str] | None = None) -> Iterator[Finding]:
    """What is found of every rule of every contract now.

    `kinds` narrows the rules to those on these kinds of event, where only they have come.
    """
    for contract in view.folder.contracts.values():
        yield from field_findings(view, contract, kinds)
        yield from review_findings(view, contract)
        if kinds is None or ASIDE in kinds:
            yield from unread_findings(view, contract)
    yield from agreement_findings(view, kinds)


def breach_changes(view: View, kinds: AbstractSet[str] | None = None) -> Iterator[Draft]:
    """A `contract.breached` for each rule that broke or is kept again since the log last said so."""
    return changes(view, rule_findings(view, kinds))
