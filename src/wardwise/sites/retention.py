"""How long a site keeps the records of events where they are read at once, and who answers for that."""

from typing import Annotated

from pydantic import BaseModel, Field

from wardwise.sites.fields import Text


class LogRetention(BaseModel, frozen=True, extra="forbid"):
    """After `live_days` a record may be moved to the archive. Nothing of the log is ever thrown away by it."""

    live_days: Annotated[int, Field(ge=31, le=36_500, description="days a record stays in the live log")]
    owner: Text = Field(description="who answers for the period, such as the head of health records")
