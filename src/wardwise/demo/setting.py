"""What the demo is given: a seed, a start, a length, and the places of a site."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from wardwise.hospital.shift import ShiftPattern
from wardwise.sites.site import Site


@dataclass(frozen=True, slots=True)
class Place:
    """A unit as the demo needs it: its slug, what it is for (`ed`, `ward`, `icu`, `float-pool`), its beds by name."""

    id: str
    kind: str
    beds: tuple[str, ...]
    skill: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One demo: everything that is sent follows from these values alone.

    `start` is an aware whole hour; `sender` is the EHR's application and facility (MSH-3 and MSH-4).
    """

    seed: int
    start: datetime
    days: int
    zone: str
    country: str
    subdivision: str | None
    places: tuple[Place, ...]
    shifts: tuple[ShiftPattern, ...]
    sender: tuple[str, str]

    @property
    def end(self) -> datetime:
        """The instant after the last message may fall due."""
        return self.start + timedelta(days=self.days)

    @property
    def ed(self) -> Place:
        """The emergency department."""
        return next(place for place in self.places if place.kind == "ed")

    def of_kind(self, kind: str) -> tuple[Place, ...]:
        """The places of a kind, in the site's order."""
        return tuple(place for place in self.places if place.kind == kind)

    def local(self, at: datetime) -> datetime:
        """An instant on the hospital's wall clock."""
        return at.astimezone(ZoneInfo(self.zone))

    @property
    def first_day(self) -> date:
        """The local day the demo starts on."""
        return self.local(self.start).date()


def setting_of(site: Site, *, seed: int, start: datetime, days: int) -> Setting:
    """The setting of a site."""
    return Setting(
        seed=seed,
        start=start,
        days=days,
        zone=site.zone,
        country=site.country,
        subdivision=site.subdivision,
        places=tuple(Place(unit.id, unit.kind.value, unit.beds, unit.skill) for unit in site.units),
        shifts=site.patterns,
        sender=next((feed.sender.application, feed.sender.facility or "") for feed in site.feeds if feed.sender),
    )
