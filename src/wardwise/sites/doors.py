"""Where the site's doors listen, and what it offers inside the EHR."""

from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated

from pydantic import BaseModel, Field

from wardwise.sites.fields import Host, Name, Network, Port, Slug, Text


class Listener(BaseModel, frozen=True, extra="forbid"):
    """One listening address; loopback unless the site says otherwise. Port 0 lets the system choose."""

    host: Host = "127.0.0.1"
    port: Port

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it; any other address needs access control."""
        return self.host == "localhost" or ip_address(self.host).is_loopback


class Tls(BaseModel, frozen=True, extra="forbid"):
    """Files in PEM form, absolute or below the site's folder. With `client_authority` every sender must show a
    certificate that this authority signed.
    """

    certificate: Text = Field(description="the door's certificate, with those between it and its authority")
    key: Text = Field(description="the key of that certificate")
    client_authority: Text | None = None


class MllpListener(BaseModel, frozen=True, extra="forbid"):
    """Where HL7 v2 is heard. `allow` lists the addresses and networks that may connect; empty means all.

    A connection holds one of the door's places. One that says nothing for `idle_hours` is let go, and one whose machine
    does not answer for `dead_after_seconds`, however it went.
    """

    host: Host = "127.0.0.1"
    port: Port
    tls: Tls | None = None
    allow: tuple[Network, ...] = ()
    idle_hours: Annotated[int, Field(ge=1, le=8_760, description="hours a connection may say nothing")] = 24
    dead_after_seconds: Annotated[int, Field(ge=8, le=7_200, description="seconds a machine may not answer")] = 120

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host == "localhost" or ip_address(self.host).is_loopback

    @property
    def mutual(self) -> bool:
        """Whether every sender must show a certificate."""
        return self.tls is not None and self.tls.client_authority is not None


class Listeners(BaseModel, frozen=True, extra="forbid"):
    """The doors in (MLLP) and the pages, API and CDS Hooks (HTTP)."""

    mllp: MllpListener = MllpListener(port=2575)
    http: Listener = Listener(port=8080)


class Hook(StrEnum):
    """The CDS Hooks moments a service may answer at."""

    PATIENT_VIEW = "patient-view"
    ORDER_SELECT = "order-select"
    ORDER_SIGN = "order-sign"
    ENCOUNTER_START = "encounter-start"
    ENCOUNTER_DISCHARGE = "encounter-discharge"


class CdsService(BaseModel, frozen=True, extra="forbid"):
    """One CDS Hooks service: when it is asked, and whose advice it shows."""

    id: Slug = Field(description="the service's id in its URL")
    hook: Hook = Field(description="the moment it answers at")
    workflow: Name = Field(description="the workflow whose advice it shows")
    title: Text = Field(description="what the EHR lists it as")


class Cds(BaseModel, frozen=True, extra="forbid"):
    """CDS Hooks: `patient_authority` is the assigning authority of the EHR's patient ids, as feeds write it."""

    patient_authority: Text = Field(description="the assigning authority of the EHR's patient ids")
    services: tuple[CdsService, ...] = ()
