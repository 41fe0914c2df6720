"""Exceptions of intake: what goes wrong between systems, in five sorts, and who at this site is to see to each."""

from enum import StrEnum

from pydantic import BaseModel, Field

from wardwise.sites.fields import Slug, Text


class Sort(StrEnum):
    """The sorts of exceptions that somebody has to see to, whatever feed they came by."""

    MISSING_ORDERS = "missing-orders"
    UNAVAILABLE_STAFF = "unavailable-staff"
    DUPLICATE_PATIENTS = "duplicate-patients"
    LATE_DOCUMENTATION = "late-documentation"
    CROSS_COVER = "cross-cover"


class Route(BaseModel, frozen=True, extra="forbid"):
    """Who sees to a sort of exception. With `units` it is for these alone, and goes before one without."""

    sort: Sort = Field(description="missing-orders, unavailable-staff, duplicate-patients, ...")
    owner: Text = Field(description="who sees to it")
    units: tuple[Slug, ...] = ()
