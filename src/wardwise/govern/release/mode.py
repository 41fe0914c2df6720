"""The mode of a workflow: what the site declares, overlaid by what people changed since."""

from wardwise.hospital.place import name_of
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.state.standing import mode_changes
from wardwise.loop.derive.view import View
from wardwise.sites.site import Mode

_LADDER = (Mode.OFF, Mode.SHADOW, Mode.ASSISTIVE, Mode.DECISION_SUPPORT)


def mode_of(workflow: Workflow, view: View, unit: str | None) -> Mode:
    """The mode at a unit (its key), or at the site for None; a workflow the site does not list is off."""
    return mode_named(workflow.name, view, unit)


def mode_named(workflow: str, view: View, unit: str | None) -> Mode:
    """The same by the workflow's name, for those who have no more of it.

    A change for the whole site lowers every unit at once and raises none above what it was given for itself;
    a later change for a unit holds there.
    """
    chosen = view.folder.site.workflows.get(workflow)
    if chosen is None:
        return Mode.OFF
    changed = mode_changes(view, workflow)
    everywhere = changed.get(None)
    if unit is None:
        return Mode(everywhere.mode) if everywhere else chosen.mode
    own = changed.get(unit)
    if own and (everywhere is None or own.position > everywhere.position):
        return Mode(own.mode)
    here = Mode(own.mode) if own else chosen.units.get(name_of(unit))
    if everywhere is None:
        return here or chosen.mode
    ceiling = Mode(everywhere.mode)
    return ceiling if here is None else min(here, ceiling, key=_LADDER.index)
