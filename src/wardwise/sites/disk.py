"""What a site says of the disk that its data folder is on."""

from typing import Annotated

from pydantic import BaseModel, Field


class Disk(BaseModel, frozen=True, extra="forbid"):
    """The reserve is laid at the start and given up when the disk is full, so that what has to be written then can be:
    what was going on, the incident, a clean end. Under `warn_below_mib` of free room every page says so.
    """

    reserve_mib: Annotated[int, Field(ge=8, le=65_536, description="MiB kept back for the time the disk is full")] = 16
    warn_below_mib: Annotated[int, Field(ge=32, le=1 << 30, description="MiB of free room below which to warn")] = 1_024
