"""What values are worked out on: how a place is looked up, how times are written, which tables and units there are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from wardwise.feeds.mapped.token import Tokens
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.hospital.moment import Localised
from wardwise.hospital.place import unit_of
from wardwise.sites.emit import Tables

S = TypeVar("S")  # what is read: an HL7 v2 scope, a row of a file

NULL = '""'  # the explicit null of HL7 v2: delete what you have

Look = Callable[[S], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground(Generic[S]):
    """A format's own ways, and the site's.

    `place` gives the look-up of a place: its text without blanks around it, empty when there is none, or NULL.
    `instant` reads a time, None when it is too coarse to be one; `day` reads a date alike. `born` is the birth
    date that the message itself tells.
    """

    site: str
    units: frozenset[str]
    zone: str
    tables: Tables
    tokens: Tokens
    place: Callable[[str], Look[S]]
    instant: Callable[[str, S], Localised | None]
    day: Callable[[str], date | None]
    born: Callable[[S], date | None]

    def unit(self, slug: str) -> str:
        """The key of one of the site's units; raises Unreadable for any other."""
        if slug not in self.units:
            raise Unreadable(
                "unknown-unit",
                "the message leads to a unit that the site does not have",
                "Add the unit to site.yaml, or correct the mapping's table of units.",
            )
        return unit_of(self.site, slug)
