"""The feeds of a site: where facts come from, who sends them, which files describe them."""

import re
from collections.abc import Iterator
from enum import StrEnum

from pydantic import BaseModel, Field

from wardwise.sites.broken import Problem
from wardwise.sites.fields import Charset, FileName, Network, Slug, Text, Zone
from wardwise.sites.poll import Poll
from wardwise.sites.sftp import Sftp
from wardwise.sites.stream import Stream
from wardwise.sites.view import View


class FeedKind(StrEnum):
    """How a feed speaks."""

    HL7V2 = "hl7v2"
    FHIR = "fhir"
    CSV = "csv"
    MEDS = "meds"
    OMOP = "omop"
    BOARD = "board"
    CDS_HOOKS = "cds-hooks"


class Freshness(StrEnum):
    """How soon a feed's facts arrive: files by the day, small batches by the minute, or one by one."""

    BATCH = "batch"
    MICRO_BATCH = "micro-batch"
    STREAM = "stream"


FINGERPRINT = "sha256:"
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")

MAPPED = frozenset({FeedKind.HL7V2, FeedKind.FHIR, FeedKind.CSV, FeedKind.MEDS, FeedKind.OMOP})
STREAMED = frozenset({FeedKind.HL7V2, FeedKind.FHIR})


class Processing(StrEnum):
    """HL7 table 0103: what a system that sends HL7 v2 is used for."""

    PRODUCTION = "P"
    TRAINING = "T"
    DEBUGGING = "D"


class Sender(BaseModel, frozen=True, extra="forbid"):
    """Who sends HL7 v2: MSH-3 and, if given, MSH-4, as the sender writes them."""

    application: Text = Field(description="MSH-3 as the sender writes it")
    facility: Text | None = None


class Identity(BaseModel, frozen=True, extra="forbid"):
    """Who may speak for a sender: a certificate by a name in it (common name, DNS or URI) or by `sha256:` and its
    fingerprint in hexadecimal; an address or network. Where both are given, both must hold.
    """

    certificates: tuple[Text, ...] = ()
    addresses: tuple[Network, ...] = ()

    def problems(self) -> Iterator[Problem]:
        """An identity that says nothing, or a fingerprint that is none."""
        if not (self.certificates or self.addresses):
            yield Problem((), "says nothing", "Give `certificates` or `addresses`, or remove it")
        for index, name in enumerate(self.certificates):
            if name.startswith(FINGERPRINT) and not _SHA256.fullmatch(name):
                what = "is not a fingerprint"
                yield Problem(("certificates", index), what, f"Write `{FINGERPRINT}` and 64 hexadecimal digits")


class Feed(BaseModel, frozen=True, extra="forbid"):
    """One source of facts. `messages` narrows an HL7 v2 feed to message types (MSH-9.1), so that one sender
    may serve several feeds; empty means all. `processing` are the values of MSH-11 it may have: a message of a
    training system is refused unless the feed lists T. `zone` is the site's when left out. `identity` binds the
    sender's name to who may use it: a message from anybody else is refused. `poll` is the server of a FHIR feed.
    `sftp` is the server whose files are fetched into `folder`, `view` the one whose rows come in the place of files,
    `stream` the broker whose messages are HL7 v2 or FHIR: whatever stands there is this feed's, so it names no sender.
    With `manifest` each dropped file must come with a marker that gives its SHA-256.
    """

    name: Slug = Field(description="a short name in lower case, such as adt")
    kind: FeedKind = Field(description="hl7v2, fhir, csv, meds, omop, board or cds-hooks")
    sender: Sender | None = None
    identity: Identity | None = None
    messages: tuple[Text, ...] = ()
    processing: tuple[Processing, ...] = (Processing.PRODUCTION,)
    poll: Poll | None = None
    mapping: FileName | None = None
    contract: FileName | None = None
    freshness: Freshness = Field(description="batch, micro-batch or stream")
    zone: Zone | None = None
    charset: Charset = "utf-8"
    folder: Text | None = None
    sftp: Sftp | None = None
    view: View | None = None
    stream: Stream | None = None
    manifest: bool = False
    owner: Text = Field(description="who answers for the source system")
    steward: Text = Field(description="who answers for the meaning of the data")

    @property
    def fetched(self) -> bool:
        """Whether it is fetched from another server into the drop folder or the inbox."""
        return self.sftp is not None or self.view is not None

    @property
    def has_server(self) -> bool:
        """Whether it comes from a server or a broker that is noted when it does not answer."""
        return self.fetched or self.poll is not None or self.stream is not None

    def problems(self) -> Iterator[Problem]:
        """What a feed of this kind lacks or cannot have."""
        mapped = self.kind in MAPPED
        wanted = {
            "mapping": mapped,
            "sender": self.kind is FeedKind.HL7V2 and self.stream is None,
            "folder": self.kind is FeedKind.CSV and self.view is None,
        }
        for key, needed in wanted.items():
            given = getattr(self, key) is not None
            if needed and not given:
                yield Problem((key,), f"is missing, and a {self.kind} feed needs it", f"Add `{key}: ...`")
            if given and not needed and not (key == "folder" and mapped and self.view is None):
                yield Problem((key,), f"is of no use to a {self.kind} feed", f"Remove `{key}`")
        if self.identity is not None:
            yield from (problem.under("identity") for problem in self.identity.problems())
            if self.kind is not FeedKind.HL7V2:
                yield Problem(("identity",), f"is of no use to a {self.kind} feed", "Remove `identity`")
        if self.manifest and self.folder is None:
            yield Problem(("manifest",), "is of no use to a feed without a drop folder", "Remove `manifest`")
        if self.messages and self.kind is not FeedKind.HL7V2:
            yield Problem(("messages",), f"is of no use to a {self.kind} feed", "Remove `messages`")
        yield from self._asking()
        yield from self._fetching()
        yield from self._streaming()

    def _streaming(self) -> Iterator[Problem]:
        if self.stream is None:
            return
        yield from (problem.under("stream") for problem in self.stream.problems())
        if self.kind not in STREAMED:
            yield Problem(("stream",), f"is of no use to a {self.kind} feed", "Remove `stream`, or name another `kind`")
        others = {
            "view": self.view,
            "identity": self.identity,
            "messages": self.messages,
            "poll": self.poll,
            "folder": self.folder,
        }
        for key, given in others.items():
            if given:
                yield Problem((key,), "is of no use to a feed that a broker gives", f"Remove `{key}`, or `stream`")

    def _fetching(self) -> Iterator[Problem]:
        if self.sftp is not None:
            yield from (problem.under("sftp") for problem in self.sftp.problems())
            if self.folder is None:
                yield Problem(("folder",), "is missing, and `sftp` fetches files into it", "Add `folder: drop/...`")
        if self.view is not None:
            yield from (problem.under("view") for problem in self.view.problems())
            if self.kind is not FeedKind.CSV:
                yield Problem(("view",), f"is of no use to a {self.kind} feed", "Set `kind: csv`, or remove `view`")

    def _asking(self) -> Iterator[Problem]:
        if self.poll is None:
            return
        yield from (problem.under("poll") for problem in self.poll.problems())
        if self.kind is not FeedKind.FHIR:
            yield Problem(("poll",), f"is of no use to a {self.kind} feed", "Remove `poll`")

    def overlaps(self, other: "Feed") -> bool:
        """Whether one message could belong to both feeds."""
        if self.sender is None or other.sender is None or self.sender.application != other.sender.application:
            return False
        facilities = {self.sender.facility, other.sender.facility}
        same_place = len(facilities) == 1 or None in facilities
        shared = set(self.messages) & set(other.messages)
        return same_place and (not self.messages or not other.messages or bool(shared))
