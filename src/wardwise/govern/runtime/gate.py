"""The gate: nothing reaches a person except through here."""

from dataclasses import dataclass

from wardwise.govern.release.mode import mode_of
from wardwise.govern.runtime.ladder import standing_of
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.state.advice import REPEAT, AdviceState, advice_states
from wardwise.loop.derive.view import View
from wardwise.loop.guard import Standing, Verdict
from wardwise.loop.plan.advice import Advice
from wardwise.sites.site import Mode


@dataclass(frozen=True, slots=True)
class Gate:
    """The guard every turn passes: mode, ladder, repeats. It decides from the view alone."""

    def mode(self, workflow: Workflow, view: View, unit: str | None) -> Mode:
        """The workflow's mode at a unit, or at the site."""
        return mode_of(workflow, view, unit)

    def standing(self, workflow: Workflow, view: View) -> Standing:
        """The rung that answers now."""
        return standing_of(workflow, view)

    def verdict(self, workflow: Workflow, view: View, advice: Advice) -> Verdict:
        """Sent, or withheld: by mode, or as a repeat of advice that still stands."""
        mode = mode_of(workflow, view, advice.about.unit)
        withheld = mode in (Mode.OFF, Mode.SHADOW)
        standing = _still_standing(workflow, view, advice, unseen=withheld)
        if standing:  # told apart in shadow too, so that what shadow counts is what people would have been shown
            return Verdict(mode, sent=False, reason=f"{REPEAT}{standing}")
        if withheld:
            return Verdict(mode, sent=False, reason=f"{mode.value} mode")
        return Verdict(mode, sent=True)


def _still_standing(workflow: Workflow, view: View, advice: Advice, *, unseen: bool) -> str | None:
    """The advice this one would repeat; what nobody saw counts only where this would not be seen either."""
    for earlier in reversed(advice_states(view)):
        same = earlier.workflow == workflow.name and earlier.entity == advice.entity and earlier.state == advice.state
        if same and _said_there(earlier, advice) and earlier.pending_at(view.instant.at) and (earlier.shown or unseen):
            return earlier.id
    return None


def _said_there(earlier: AdviceState, advice: Advice) -> bool:
    """Whether those who are responsible now were told: another unit was not, and an open card must name the bed."""
    if earlier.unit != advice.about.unit:
        return False
    return earlier.settled or earlier.bed == advice.about.bed
