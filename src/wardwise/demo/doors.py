"""Where the demo speaks: the real doors of a running wardwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wardwise.demo.board_client import BoardClient, OpenAdvice
from wardwise.demo.mllp_client import Ack, MllpClient
from wardwise.demo.people import Answer
from wardwise.sites.site import Site

Address = tuple[str, int]


class Line(Protocol):
    """A feed's connection; MllpClient is the real one."""

    def send(self, body: bytes, control: str) -> Ack:
        """Send and wait for the answer to it."""
        ...


class Board(Protocol):
    """The board as its people use it; BoardClient is the real one."""

    def open_advice(self) -> list[OpenAdvice]:
        """What may still be answered."""
        ...

    def answer(self, advice: str, given: Answer) -> bool:
        """Answer one; False when it is open no longer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Where the demo speaks: a line or a drop folder for each feed by name; the board, if people answer."""

    lines: Mapping[str, Line]
    folders: Mapping[str, Path]
    board: Board | None = None


def doors_of(site: Site, *, mllp: Address, http: Address | None, drop: Path) -> Doors:
    """The doors of a site by address; `drop` is where its feeds' folders begin. Without `http` nobody answers."""
    return Doors(
        lines={name: MllpClient(*mllp) for name in ("adt", "oru")},
        folders={feed.name: drop / feed.folder for feed in site.feeds if feed.folder},
        board=BoardClient(*http) if http else None,
    )
