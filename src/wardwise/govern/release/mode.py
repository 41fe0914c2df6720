"""The mode of a workflow: what the site declares, overlaid by what people changed since."""

from wardwise.hospital.place import name_of
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.state.standing import mode_changes
from wardwise.loop.derive.view import View
from wardwise.sites.site import Mode


def mode_of(workflow: Workflow, view: View, unit: str | None) -> Mode:
    """The mode at a unit (its key), or at the site for None; a workflow the site does not list is off.

    A unit's own change wins over the site's change, and any change over what the site file declares.
    """
    chosen = view.folder.site.workflows.get(workflow.name)
    if chosen is None:
        return Mode.OFF
    changed = mode_changes(view, workflow.name)
    if unit is None:
        return Mode(changed.get(None, chosen.mode))
    declared = chosen.units.get(name_of(unit), chosen.mode)
    if unit in changed:
        return Mode(changed[unit])
    return Mode(changed[None]) if None in changed and name_of(unit) not in chosen.units else Mode(declared)
