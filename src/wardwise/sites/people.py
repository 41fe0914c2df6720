"""Who may answer, who is told, and the reasons they may give when they decide otherwise."""

from pydantic import BaseModel, Field

from wardwise.hospital.role import Role
from wardwise.sites.fields import Name, Slug, Text


class Person(BaseModel, frozen=True, extra="forbid"):
    """What a role may answer and what it is told of, by workflow; `units` empty means the whole site."""

    role: Role = Field(description="one of the roles wardwise speaks to")
    answers: tuple[Name, ...] = ()
    told: tuple[Name, ...] = ()
    units: tuple[Slug, ...] = ()


class OverrideReason(BaseModel, frozen=True, extra="forbid"):
    """A reason to decide otherwise. `verify` marks one that, once verified, justifies the override (the data
    were wrong, a constraint was not known here); any other is a disagreement.
    """

    code: Slug = Field(description="a short name in lower case")
    text: Text = Field(description="the words on the button")
    verify: bool = False


# The seed set of the override literature; a site may write its own, at most eight.
SEED_REASONS = (
    OverrideReason(code="already-treating", text="Already aware or already treating"),
    OverrideReason(code="will-monitor", text="Will monitor"),
    OverrideReason(code="not-appropriate", text="Not right for this patient (goals of care, baseline)"),
    OverrideReason(code="data-wrong", text="Data wrong or stale", verify=True),
    OverrideReason(code="duplicate", text="Duplicate of an earlier advice"),
    OverrideReason(code="too-late", text="Too late to act on"),
    OverrideReason(code="wrong-owner", text="Not mine to decide"),
    OverrideReason(code="constraint-unknown", text="A constraint not known here (isolation, leave)", verify=True),
)

# Always offered last, with free text; it does not count among the eight.
OTHER = OverrideReason(code="other", text="Other (say why)")
