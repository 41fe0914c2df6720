"""A configuration as bytes and back, so that the exact one behind a decision can be kept and replayed."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from wardwise.errors import BrokenArtefact
from wardwise.sites.calendar import LocalEvent
from wardwise.sites.contract import Contract
from wardwise.sites.csv_mapping import CsvMapping
from wardwise.sites.fhir_mapping import FhirMapping
from wardwise.sites.hl7_mapping import Hl7Mapping
from wardwise.sites.meds_mapping import MedsMapping
from wardwise.sites.policy import Policy
from wardwise.sites.site import Site
from wardwise.sites.spelling import spelled, unspelled

AnyMapping = Annotated[Hl7Mapping | FhirMapping | CsvMapping | MedsMapping, Field(discriminator="format")]


class Parts(BaseModel, frozen=True, extra="forbid"):
    """The parts of a site's folder, as a snapshot holds them."""

    site: Site
    mappings: Mapping[str, AnyMapping]
    contracts: Mapping[str, Contract]
    overlays: Mapping[str, tuple[Policy, ...]]
    calendar: tuple[LocalEvent, ...]


def frozen(parts: Mapping[str, object]) -> bytes:
    """The canonical bytes of the parts."""
    return spelled(Parts.model_validate(parts).model_dump(by_alias=True)).encode()


def thawed(data: bytes) -> Parts:
    """The parts of canonical bytes; raises BrokenArtefact when they are none."""
    try:
        return Parts.model_validate(unspelled(data.decode()))
    except (ValidationError, ValueError) as error:
        raise BrokenArtefact(name="site configuration", what=str(error).splitlines()[0]) from None
