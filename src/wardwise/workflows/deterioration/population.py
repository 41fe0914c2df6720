"""For whom the score is made: not for children, not in pregnancy. Says why where it is not."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from wardwise.loop.derive.view import View
from wardwise.sites.policies import Policies
from wardwise.workflows.deterioration.observed import Row


def outside(row: Row, view: View, unit: str | None, *, policies: Policies, strings: Mapping[str, str]) -> str:
    """Why there is no score for this patient; empty when there may be one.

    An age that is not known does not stop the score: no score would read as no risk.
    """
    at = view.instant.at
    least = int(policies.value("minimum_age", at=at, unit=unit).number)
    age = age_in_years(row["born"], at, view.folder.site.zone)
    if age is not None and age < least:
        return strings["outside_age"].format(years=least)
    excluded = {str(each["service"]) for each in policies.value("not_for_services", at=at, unit=unit).rows}
    for service in _services(row, view, unit):
        if service in excluded:
            return strings["outside_service"].format(service=service)
    return ""


def age_in_years(born: date | None, at: datetime, zone: str) -> int | None:
    """Completed years on the local day of an instant; born on 29 February, a year is complete on 1 March."""
    if born is None:
        return None
    today = at.astimezone(ZoneInfo(zone)).date()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _services(row: Row, view: View, unit: str | None) -> Iterator[str]:
    # Either excludes: the service the stay is told under, and the one its unit is for.
    place = view.folder.site.unit(unit) if unit else None
    for told in (row["service"], place.service if place else None):
        if told:
            yield str(told).strip().lower()
