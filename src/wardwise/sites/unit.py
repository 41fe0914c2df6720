"""The units of a site and their beds."""

from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, Field

from wardwise.sites.fields import Beds, Share, Slug, Text


class UnitKind(StrEnum):
    """What a unit is for."""

    ED = "ed"
    WARD = "ward"
    ICU = "icu"
    FLOAT_POOL = "float-pool"
    THEATRE = "theatre"


class Unit(BaseModel, frozen=True, extra="forbid"):
    """A place where patients are cared for, or a pool that lends its staff to such places.

    `beds`: a count (beds are then named 1, 2, ...) or the list of their names.
    `holds`: the share of the site's inpatients expected here, 0 to 1.
    """

    id: Slug = Field(description="a short name in lower case, such as 4a")
    title: Text = Field(description="the name people use, such as Ward 4A")
    kind: UnitKind = Field(description="ed, ward, icu, float-pool or theatre")
    beds: Beds = ()
    service: Text | None = None
    holds: Share = Decimal(0)
    skill: Slug = Field(description="what a nurse must hold to work here, such as med-surg")
