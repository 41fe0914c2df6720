"""The emergency departments of a site and what the calendar knows of them."""

from dataclasses import dataclass

from wardwise.hospital.place import unit_of
from wardwise.loop.capture.event import About
from wardwise.loop.derive.view import View
from wardwise.sites.load import SiteFolder
from wardwise.sites.unit import UnitKind


@dataclass(frozen=True, slots=True)
class Place:
    """Where hours are counted: its zone, whose public holidays hold, and local events as (title, first, last day).

    Days are proleptic ordinals, both included.
    """

    zone: str
    country: str
    subdivision: str | None = None
    events: tuple[tuple[str, int, int], ...] = ()


def place_of(folder: SiteFolder) -> Place:
    """The place of a site."""
    site = folder.site
    events = tuple((event.title, event.first_day.toordinal(), event.last_day.toordinal()) for event in folder.calendar)
    return Place(site.zone, site.country, site.subdivision, events)


def departments(view: View) -> tuple[str, ...]:
    """The keys of the site's emergency departments, in the order written."""
    return tuple(unit_of(view.site, unit.id) for unit in view.folder.site.units if unit.kind is UnitKind.ED)


def about_of(entity: str) -> About:
    """A department is a unit."""
    return About(unit=entity)
