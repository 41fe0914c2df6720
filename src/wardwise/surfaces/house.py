"""What a surface is handed: the log to read, the inbox to write answers to, the site and the clock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wardwise.hospital.clock import Clock
from wardwise.loop.capture.absence import Absence, Unreached
from wardwise.loop.capture.inbox import Inbox
from wardwise.loop.capture.places import Followed
from wardwise.loop.capture.room import AMPLE, Room
from wardwise.loop.declare.model import Artefacts
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.history import Snapshots
from wardwise.sites.load import SiteFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One site as its surfaces see it. `cookie_key` signs the role cookie; `token_key` makes patient tokens."""

    folder: SiteFolder
    log: Followed
    inbox: Inbox
    artefacts: Artefacts
    clock: Clock
    workflows: Mapping[str, Workflow]
    cookie_key: bytes
    token_key: bytes
    data: Path
    snapshots: Snapshots | None = None
    absences: Callable[[], Sequence[Absence]] = tuple  # the last of each process of the service, ended ones too
    unreached: Callable[[], Mapping[str, Unreached]] = dict  # servers that do not answer now, by feed
    unpublished: Callable[[], Mapping[str, Unreached]] = dict  # brokers that take nothing now, by stream
    switched_off: Callable[[str], str] = lambda _: ""  # since when and why a stream is, by its name; empty: it is on
    room: Callable[[], Room] = lambda: AMPLE
    trouble: Callable[[], str] = str  # why nothing can be kept now, in a few words; empty when all is well
