"""Who is where in a story, and the making of its events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from wardwise.errors import ImpossibleValue
from wardwise.hospital.place import bed_of, name_of, unit_of
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import NOBODY, About, Draft
from wardwise.loop.capture.ids import event_id
from wardwise.loop.capture.kinds import CATALOGUE
from wardwise.rehearse.story.when import Calendar
from wardwise.sites.load import SiteFolder


@dataclass(slots=True)
class Telling:
    """One story being told: its place and time, who lies where, and what was charted last."""

    folder: SiteFolder
    calendar: Calendar
    patients: dict[str, About] = field(default_factory=dict)
    charted: dict[tuple[str, str], Draft] = field(default_factory=dict)
    advised: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def unit(self, slug: str) -> str:
        """The key of a unit of the site; raises ImpossibleValue where there is none."""
        key = unit_of(self.folder.site.slug, slug)
        if self.folder.site.unit(key) is None:
            raise ImpossibleValue(what=f"the story names the unit {slug}, which the site lacks", remedy="Correct it.")
        return key

    def place(self, bed: str, *, called: str) -> About:
        """A patient in a bed `4a/12`; the words for the person and the stay follow from `called`."""
        unit = self.unit(bed.partition("/")[0])
        name = called.replace("/", "-")
        return About(unit=unit, bed=bed_of(unit, name_of(bed)), patient=f"p-{name}", encounter=f"e-{name}")

    def patient(self, bed: str) -> About:
        """Whoever lies in a bed; raises ImpossibleValue when nobody does."""
        if bed not in self.patients:
            remedy = f"Write a line `06:00 {bed} admitted, 70 years` first."
            raise ImpossibleValue(what=f"nobody lies in {bed}", remedy=remedy)
        return self.patients[bed]

    def draft(self, kind: str, at: datetime, about: About = NOBODY, *, payload: Mapping[str, Json]) -> Draft:
        """An event of the story, from the feed that provides its kind."""
        self.count += 1
        if kind not in CATALOGUE:
            raise ImpossibleValue(what=f"there is no kind of event {kind}", remedy="See wardwise.loop.capture.kinds.")
        return Draft(
            id=event_id(CATALOGUE[kind].letter, raw="story", index=self.count, mapping="story@1"),
            kind=kind,
            occurred_at=at,
            source=self._feed(kind),
            about=about,
            payload=payload,
        )

    def _feed(self, kind: str) -> str:
        providing = (name for name, contract in self.folder.contracts.items() if contract.provided(kind))
        return next(providing, "story")
