"""Whether a file that holds a secret is its owner's alone: one that others may read is used nowhere."""

from pathlib import Path

REMEDY = "Run `chmod 600` on it, and consider whether it is still a secret."
_OTHERS = 0o077


def is_open(file: Path) -> bool:
    """Whether others on this machine may read or change a file; raises OSError for one that is not there."""
    return bool(file.stat().st_mode & _OTHERS)


def exposure(*files: Path | None) -> str:
    """Why none of these may be used, in a few words; empty where each is its owner's alone or is not there."""
    for file in files:
        if file is not None and file.exists() and is_open(file):
            return f"others may read {file.name}: run `chmod 600` on it, and consider whether it is still a secret"
    return ""
