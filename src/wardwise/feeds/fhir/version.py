"""Which of two versions of a resource is the later one: by when it was recorded, then by its number."""

import re
from typing import Any, NamedTuple

from wardwise.feeds.fhir.moments import exact
from wardwise.hospital.moment import micros

FLAG = "version:"

_NUMBER = re.compile(r"[0-9]{1,15}")
_WRITTEN = re.compile(r"version:([0-9]{1,18})\.([0-9]{1,15})\.([0-9]{1,18})")


class Version(NamedTuple):
    """`recorded` is meta.lastUpdated in microseconds, `number` a meta.versionId that is one; 0 where nothing is told.

    `around` is when the latest of the resources was recorded that it was read with: the patient, the ward.
    """

    recorded: int = 0
    number: int = 0
    around: int = 0

    @property
    def told(self) -> bool:
        """Whether the resource says anything of its version."""
        return bool(self.recorded or self.number)

    def __str__(self) -> str:
        return f"{FLAG}{self.recorded}.{self.number}.{self.around}"


def version_of(resource: dict[str, Any]) -> Version:
    """The version that a resource's meta tells; what is no time or number counts as not told."""
    meta = resource.get("meta")
    if not isinstance(meta, dict):
        return Version()
    at = exact(meta.get("lastUpdated"))
    number = meta.get("versionId")
    told = int(number) if isinstance(number, str) and _NUMBER.fullmatch(number) else 0
    return Version(max(micros(at), 0) if at else 0, told)


def version_in(flags: tuple[str, ...]) -> Version | None:
    """The version that an event's flags name."""
    for flag in flags:
        if flag.startswith(FLAG) and (found := _WRITTEN.fullmatch(flag)):
            return Version(int(found[1]), int(found[2]), int(found[3]))
    return None
