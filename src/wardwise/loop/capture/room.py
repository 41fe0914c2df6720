"""How much room is left where everything is kept."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Room:
    """What the disk of the data folder still takes; `full`: nothing more is taken in until there is room again."""

    free_bytes: int
    full: bool = False

    @property
    def free_mib(self) -> int:
        """The same in whole MiB."""
        return self.free_bytes >> 20

    @property
    def trouble(self) -> str:
        """Why nothing is taken in, in a few words; empty while there is room."""
        return "the disk is full" if self.full else ""


AMPLE = Room(1 << 50)
