"""A turn that cannot fail silently: when a rung breaks, the next one answers and the fault is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wardwise.loop.answers import RungFailed
from wardwise.loop.capture.event import Draft
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.view import View
from wardwise.loop.guard import Guard, Standing, Verdict
from wardwise.loop.plan.advice import Advice
from wardwise.loop.turn import turn
from wardwise.sites.site import Mode


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a turn gave in the end, and what broke on the way: `rung: kind of fault` each."""

    drafts: list[Draft]
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _AfterFault:
    """The same guard, which says why a better rung did not answer."""

    guard: Guard
    why: str

    def mode(self, workflow: Workflow, view: View, unit: str | None) -> Mode:
        return self.guard.mode(workflow, view, unit)

    def standing(self, workflow: Workflow, view: View) -> Standing:
        below = self.guard.standing(workflow, view)
        return replace(below, why="; ".join(part for part in (self.why, below.why) if part))

    def verdict(self, workflow: Workflow, view: View, advice: Advice) -> Verdict:
        return self.guard.verdict(workflow, view, advice)


def attempt(workflow: Workflow, view: View, guard: Guard, *, entities: Sequence[str], runtime: str) -> Attempt:
    """Take a turn; where a rung raises, take it again without that rung, down to the last one.

    This is the outermost turn: the one place where any fault of a workflow is caught.
    """
    faults: list[str] = []
    while True:
        standing = guard.standing(workflow, view)
        try:
            return Attempt(turn(workflow, view, guard, entities=entities, runtime=runtime), tuple(faults))
        except Exception as fault:  # noqa: BLE001 - the outermost turn: recorded, and the next rung answers
            broken = fault.rung if isinstance(fault, RungFailed) else standing.rung
            cause = (fault.__cause__ or fault) if isinstance(fault, RungFailed) else fault
            faults.append(f"{broken.maker}: {type(cause).__name__}")
            remaining = tuple(rung for rung in workflow.stages.ladder if rung != broken)
            if not remaining:
                raise cause from None
            workflow = replace(workflow, stages=replace(workflow.stages, ladder=remaining))
            guard = _AfterFault(guard, f"{broken.maker} failed ({type(cause).__name__})")
