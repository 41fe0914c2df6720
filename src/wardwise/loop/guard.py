"""What govern decides for the loop: which rung may answer, and whether advice may go out now."""

from dataclasses import dataclass
from typing import Protocol

from wardwise.loop.declare.rung import Rung
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.view import View
from wardwise.loop.plan.advice import Advice
from wardwise.sites.site import Mode


@dataclass(frozen=True, slots=True)
class Standing:
    """The rung that answers now and why not a better one; `why` is empty on the top rung."""

    rung: Rung
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether advice goes out, in which mode, and if not, the reason."""

    mode: Mode
    sent: bool
    reason: str = ""


class Guard(Protocol):
    """Decides from the view alone, so that a replay decides the same."""

    def mode(self, workflow: Workflow, view: View, unit: str | None) -> Mode:
        """The workflow's mode at a unit, or at the site when unit is None."""
        ...

    def standing(self, workflow: Workflow, view: View) -> Standing:
        """The highest rung whose feeds speak and whose model is published."""
        ...

    def verdict(self, workflow: Workflow, view: View, advice: Advice) -> Verdict:
        """Whether this advice may reach a person now."""
        ...
