"""Everything the demo hospital will send, and when: a pure function of its setting."""

from dataclasses import dataclass

from wardwise.demo import adt, oru
from wardwise.demo.files import Drop, drops
from wardwise.demo.flow import stays
from wardwise.demo.habits import Due, posted
from wardwise.demo.outage import held_back, outage_of
from wardwise.demo.setting import Setting


@dataclass(frozen=True, slots=True)
class Timeline:
    """Messages and files in the order they fall due, all before the end of the setting."""

    messages: tuple[Due, ...]
    files: tuple[Drop, ...]


def timeline(setting: Setting) -> Timeline:
    """The timeline of a setting: the same setting gives the same bytes in the same order."""
    everybody = stays(setting)
    letters = [letter for stay in everybody for system in (adt, oru) for letter in system.letters(setting, stay)]
    messages = (due for due in held_back(outage_of(setting), posted(setting, letters)) if due.at < setting.end)
    return Timeline(tuple(messages), tuple(drops(setting)))
