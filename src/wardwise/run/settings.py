"""What a child process is told on its command line: where things are, and which clock to follow."""

from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from wardwise.hospital.clock import Clock
from wardwise.run.clock import SharedClock, SystemClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One service: its site folder, its data folder, its doors, a simulated one's clock file, the disk's reserve.

    `polls`: the site asks FHIR servers, `fetches`: it fetches files or rows, `streams`: it reads streams of
    messages, `publishes`: it publishes to some, each in a process of its own.
    """

    site: Path
    data: Path
    http_host: str = "127.0.0.1"
    http_port: int = 0
    mllp_host: str = "127.0.0.1"
    mllp_port: int = 0
    clock: Path | None = None
    reserve_mib: int = 16
    polls: bool = False
    fetches: bool = False
    streams: bool = False
    publishes: bool = False

    def open_clock(self) -> Clock:
        """The clock this service follows."""
        return SharedClock(self.clock) if self.clock else SystemClock()

    def with_port(self, role: str, port: int) -> "Settings":
        """The settings once a door has said which port it really has."""
        if role == "mllp":
            return replace(self, mllp_port=port)
        return replace(self, http_port=port) if role == "http" else self

    def to_json(self) -> str:
        """One line for a command line; it holds no secret."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return orjson.dumps({k: str(v) if isinstance(v, Path) else v for k, v in values.items()}).decode()

    @classmethod
    def from_json(cls, text: str) -> "Settings":
        """Settings as `to_json` wrote them."""
        values = orjson.loads(text)
        paths = {name: Path(values[name]) for name in ("site", "data", "clock") if values[name]}
        return cls(**(values | paths))
