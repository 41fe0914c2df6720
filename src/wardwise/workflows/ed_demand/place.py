"""The place of a site: its zone, and what the calendar knows of it."""

from dataclasses import dataclass

from wardwise.sites.load import SiteFolder


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
