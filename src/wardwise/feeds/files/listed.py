"""What a folder on a server lists of a file, and what of it is ours to read."""

from dataclasses import dataclass

from wardwise.feeds.files.drop import meant

LONGEST_NAME = 200  # bytes; a marker's ending and the name of a copy in the making come on top of it


@dataclass(frozen=True, slots=True)
class Listed:
    """A file there: its name, its size in bytes, and when it changed in seconds since 1970, as the server says."""

    name: str
    size: int
    changed: int

    @property
    def shape(self) -> str:
        """What tells whether it has changed."""
        return f"{self.size}:{self.changed}"

    @property
    def plain(self) -> bool:
        """Whether the name is one of a file, and not a way out of the folder."""
        return meant(self.name) and "/" not in self.name and "\0" not in self.name
