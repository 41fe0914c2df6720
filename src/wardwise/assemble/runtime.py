"""The runtime a decision was made on: versions of what computes, and what the processor can do."""

import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

from wardwise.loop.capture.canonical import canonical, digest

_COMPUTES = ("wardwise", "polars", "numpy", "scipy", "holidays", "tzdata")
_CPUINFO = Path("/proc/cpuinfo")


@cache
def runtime() -> str:
    """Sixteen hexadecimal characters: the same on the same versions and the same sort of processor."""
    versions = {name: version(name) for name in _COMPUTES}
    return digest(canonical({"python": platform.python_version(), "versions": versions, "cpu": _cpu()}))[:16]


def _cpu() -> str:
    if not _CPUINFO.exists():
        return platform.machine()
    flags = (line for line in _CPUINFO.read_text().splitlines() if line.startswith(("flags", "Features")))
    return f"{platform.machine()} {digest(next(flags, '').encode())[:16]}"
