"""A site as its people wrote it down: units, shifts, feeds, workflows and their modes, people, doors."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from wardwise.hospital.place import name_of, unit_of
from wardwise.hospital.role import Role
from wardwise.hospital.shift import ShiftPattern
from wardwise.sites.disk import Disk
from wardwise.sites.doors import Cds, Listeners
from wardwise.sites.exceptions import Route
from wardwise.sites.feed import Feed
from wardwise.sites.fields import ClockTime, FileName, Name, Slug, Text, Zone
from wardwise.sites.people import OTHER, SEED_REASONS, OverrideReason, Person
from wardwise.sites.publish import Publish
from wardwise.sites.repeats import Repeats
from wardwise.sites.retention import LogRetention
from wardwise.sites.store_at import StoreAt
from wardwise.sites.two_sources import TwoSources
from wardwise.sites.unit import Unit, UnitKind


class Mode(StrEnum):
    """How far a workflow may go: unseen, seen under Governance only, passive advice, interrupting advice."""

    OFF = "off"
    SHADOW = "shadow"
    ASSISTIVE = "assistive"
    DECISION_SUPPORT = "decision-support"


class ShiftHours(BaseModel, frozen=True, extra="forbid"):
    """A named shift: it starts at a local wall time and lasts whole hours."""

    name: Slug = Field(description="day, night, ...")
    starts: ClockTime = Field(description="when it starts, as 07:00")
    hours: Annotated[int, Field(ge=1, le=24, description="its length in hours")]

    @property
    def pattern(self) -> ShiftPattern:
        """The shift in the hospital's words."""
        return ShiftPattern(self.name, self.starts, self.hours)


class Owners(BaseModel, frozen=True, extra="forbid"):
    """Who answers for a workflow here: its advice, its running, its software."""

    clinical: Text = Field(description="who answers for the advice")
    operational: Text = Field(description="who answers for how it is used")
    engineering: Text = Field(description="who answers for the software")


class WorkflowSettings(BaseModel, frozen=True, extra="forbid"):
    """One workflow at this site; `units` holds the modes of units that differ from the site's."""

    mode: Mode = Field(description="off, shadow, assistive or decision-support")
    units: Mapping[str, Mode] = {}
    owners: Owners = Field(description="clinical, operational, engineering")
    thresholds: Mapping[Name, Decimal] = {}


class Site(BaseModel, frozen=True, extra="forbid"):
    """One hospital site. Keys of units are `site/unit`; `site_checks` says what does not fit together."""

    slug: Slug = Field(description="the site's id in lower case, such as st-example")
    title: Text = Field(description="the hospital's name")
    zone: Zone = Field(description="its IANA time zone, such as America/Chicago")
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="two capital letters, such as US")]
    subdivision: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,3}$")] | None = None
    region: FileName | None = None
    units: Annotated[tuple[Unit, ...], Field(min_length=1, description="the wards and other units")]
    shifts: Annotated[tuple[ShiftHours, ...], Field(min_length=1, description="the shifts of the day")]
    feeds: Annotated[tuple[Feed, ...], Field(description="where facts come from")]
    two_sources: tuple[TwoSources, ...] = ()
    repeats: tuple[Repeats, ...] = ()
    exceptions: tuple[Route, ...] = ()
    publish: tuple[Publish, ...] = ()
    workflows: Mapping[Name, WorkflowSettings] = {}
    people: tuple[Person, ...] = ()
    override_reasons: Annotated[tuple[OverrideReason, ...], Field(max_length=8)] = SEED_REASONS
    listeners: Listeners = Listeners()
    store: StoreAt | None = None
    cds: Cds | None = None
    disk: Disk = Disk()
    events_file: FileName | None = None
    show_alike_patients: Annotated[
        bool, Field(description="show patients alike in birth date, sex and time of coming as one person, maybe")
    ] = False
    log_retention: LogRetention | None = None
    raw_retention_days: Annotated[int, Field(ge=1, le=3650, description="days messages are kept as received")] = 90

    @property
    def patterns(self) -> tuple[ShiftPattern, ...]:
        """The shifts in the hospital's words."""
        return tuple(shift.pattern for shift in self.shifts)

    @property
    def reasons(self) -> tuple[OverrideReason, ...]:
        """The override reasons as offered: the site's own, then Other with free text."""
        return (*self.override_reasons, OTHER)

    @property
    def unit_keys(self) -> tuple[str, ...]:
        """The keys `site/unit` of all units, in the order written."""
        return tuple(unit_of(self.slug, unit.id) for unit in self.units)

    @property
    def beds(self) -> Mapping[str, frozenset[str]]:
        """The names of the beds of each unit, by its slug."""
        return {unit.id: frozenset(unit.beds) for unit in self.units}

    def keys_of(self, kind: UnitKind) -> tuple[str, ...]:
        """The keys of the units of a kind, in the order written."""
        return tuple(unit_of(self.slug, unit.id) for unit in self.units if unit.kind is kind)

    def unit(self, key: str) -> Unit | None:
        """The unit of a key or slug, if it is one of this site's."""
        return next((unit for unit in self.units if key in {unit.id, unit_of(self.slug, unit.id)}), None)

    def feed(self, name: str) -> Feed | None:
        """The feed of a name."""
        return next((feed for feed in self.feeds if feed.name == name), None)

    def published(self, name: str) -> Publish | None:
        """The stream of a name that is published to."""
        return next((each for each in self.publish if each.name == name), None)

    def mode(self, workflow: str, unit: str | None = None) -> Mode:
        """The mode written for a workflow, at a unit (slug or key) if it has its own; off when not written."""
        settings = self.workflows.get(workflow)
        if settings is None:
            return Mode.OFF
        return settings.units.get(name_of(unit), settings.mode) if unit else settings.mode

    def may_answer(self, role: Role, workflow: str, unit: str | None = None) -> bool:
        """Whether a role may answer a workflow's advice, at a unit (slug or key) if one is given."""
        return role in self._roles("answers", workflow, unit)

    def told(self, workflow: str, unit: str | None = None) -> tuple[Role, ...]:
        """The roles that are told of a workflow's advice, in the order written."""
        return self._roles("told", workflow, unit)

    def _roles(self, what: str, workflow: str, unit: str | None) -> tuple[Role, ...]:
        return tuple(
            person.role
            for person in self.people
            if workflow in getattr(person, what) and (unit is None or not person.units or name_of(unit) in person.units)
        )
