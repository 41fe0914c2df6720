"""How pressing a number is, as a word. The thresholds of every tile stand here and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum

from wardwise.sites.site import Site


class Severity(StrEnum):
    """A word and a colour; never a colour alone. UNKNOWN: there is no number to judge. OLD: it may be so no more."""

    PLAN = "plan"
    WATCH = "watch"
    TIGHT = "tight"
    ESCALATE = "escalate"
    UNKNOWN = "unknown"
    OLD = "old"


_WORST_FIRST = (Severity.ESCALATE, Severity.TIGHT, Severity.WATCH, Severity.PLAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Shares of beds, and nurses missing, from which a word is used.

    A site writes its own as `thresholds` of any of its workflows, under these names.
    Defaults: 85% is where bed queues begin to grow in queueing models of wards, 92% the English planning
    standard for general and acute beds, 100% no free bed. An ED holds more patients than bays on busy
    days, so its words begin later.
    """

    board_beds_watch: Decimal = Decimal("0.85")
    board_beds_tight: Decimal = Decimal("0.92")
    board_beds_escalate: Decimal = Decimal("1.00")
    board_ed_watch: Decimal = Decimal("0.80")
    board_ed_tight: Decimal = Decimal("1.00")
    board_ed_escalate: Decimal = Decimal("1.20")
    board_nurses_tight: Decimal = Decimal(1)
    board_nurses_escalate: Decimal = Decimal(2)

    def of_beds(self, occupied: int, beds: int) -> Severity:
        """The word for patients against staffed beds."""
        steps = (self.board_beds_escalate, self.board_beds_tight, self.board_beds_watch)
        return _share(occupied, beds, steps)

    def of_ed(self, present: int, bays: int) -> Severity:
        """The word for patients in the emergency department against its bays."""
        steps = (self.board_ed_escalate, self.board_ed_tight, self.board_ed_watch)
        return _share(present, bays, steps)

    def of_nurses(self, gap: int, high_gap: int) -> Severity:
        """The word for nurses rostered less needed; `high_gap` is the same against the high need."""
        if -gap >= self.board_nurses_escalate:
            return Severity.ESCALATE
        if -gap >= self.board_nurses_tight:
            return Severity.TIGHT
        return Severity.WATCH if high_gap < 0 else Severity.PLAN


def thresholds_of(site: Site) -> Thresholds:
    """The site's own thresholds where it wrote them, else the declared ones."""
    written: dict[str, Decimal] = {}
    for settings in site.workflows.values():
        written.update(_known(settings.thresholds))
    return Thresholds(**written)


def unsure(severity: Severity, *, stale: bool) -> Severity:
    """The word for a number that may be old: nothing is on plan by it, what was pressing stays so."""
    return Severity.OLD if stale and severity is Severity.PLAN else severity


def worst(severities: "list[Severity]") -> Severity:
    """The most pressing of several; UNKNOWN when there is none."""
    return next((word for word in _WORST_FIRST if word in severities), Severity.UNKNOWN)


def _known(given: Mapping[str, Decimal]) -> dict[str, Decimal]:
    names = {field.name for field in fields(Thresholds)}
    return {name: value for name, value in given.items() if name in names}


def _share(part: int, whole: int, steps: tuple[Decimal, Decimal, Decimal]) -> Severity:
    if whole <= 0:
        return Severity.UNKNOWN
    share = Decimal(part) / whole
    words = zip(steps, _WORST_FIRST, strict=False)
    return next((word for step, word in words if share >= step), Severity.PLAN)
