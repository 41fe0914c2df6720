"""What values are worked out on: how a place is looked up, how times are written, which tables and units there are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from wardwise.feeds.mapped.notes import Notes
from wardwise.feeds.mapped.token import Tokens
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.hospital.moment import Localised
from wardwise.hospital.place import name_of, unit_of
from wardwise.loop.capture.event import About
from wardwise.sites.emit import About as AboutSources
from wardwise.sites.emit import Tables

S = TypeVar("S")  # what is read: an HL7 v2 scope, a row of a file

NULL = '""'  # the explicit null of HL7 v2: delete what you have

Look = Callable[[S], str]
Whom = Callable[[S, Notes], About]


def each_time(evaluate: Whom[S], _sources: AboutSources) -> Whom[S]:
    """Whom and where, worked out anew for everything that is read."""
    return evaluate


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground(Generic[S]):
    """A format's own ways, and the site's: `units` by slug, each with the names of its beds.

    `place` gives the look-up of a place: its text without blanks around it, empty when there is none, or NULL.
    `instant` reads a time, None when it is too coarse to be one; `day` reads a date alike. `born` is the birth
    date that the message itself tells. `once_a_visit` may remember whom and where for what is read of one visit.
    `two_digit_years`: dates may be written so; a birth is then the latest that has happened.
    """

    site: str
    units: Mapping[str, frozenset[str]]
    zone: str
    tables: Tables
    tokens: Tokens
    place: Callable[[str], Look[S]]
    instant: Callable[[str, S], Localised | None]
    day: Callable[[str], date | None]
    born: Callable[[S], date | None]
    once_a_visit: Callable[[Whom[S], AboutSources], Whom[S]] = each_time
    two_digit_years: bool = False

    def unit(self, slug: str) -> str:
        """The key of one of the site's units; raises Unreadable for any other."""
        if slug not in self.units:
            raise Unreadable(
                "unknown-unit",
                "the message leads to a unit that the site does not have",
                "Add the unit to site.yaml, or correct the mapping's table of units.",
            )
        return unit_of(self.site, slug)

    def has_bed(self, unit: str, bed: str) -> bool:
        """Whether a unit (by its key) has a bed of that name; a unit whose beds are not written down has any."""
        beds = self.units.get(name_of(unit))
        return not beds or bed in beds
