"""The interoperability map of a site: its sources, what comes of them, who answers for what, what is risky."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wardwise.govern.data.reader_of import reading_feed
from wardwise.loop.declare.workflow import Workflow
from wardwise.sites.contract import Contract
from wardwise.sites.csv_mapping import CsvMapping, Delivers
from wardwise.sites.feed import MAPPED, Feed, Freshness
from wardwise.sites.kinds import kinds_in
from wardwise.sites.load import SiteFolder
from wardwise.sites.publish import Publish


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source. `exceptions` is who gets what cannot be read or breaks the contract, `fallback` what happens then."""

    feed: str
    system: str
    kind: str
    told_by: str
    freshness: str
    rhythm: str
    mapping: str
    contract: str
    owner: str
    steward: str
    events: tuple[str, ...]
    read_by: tuple[str, ...]
    exceptions: str
    fallback: str
    risks: tuple[str, ...]

    @property
    def messy(self) -> bool:
        """Whether anything about it is a risk."""
        return bool(self.risks)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where advice goes, and whose; on a stream also other kinds of event."""

    name: str
    kind: str
    workflows: tuple[str, ...]
    kinds: tuple[str, ...] = ()


def sources(folder: SiteFolder, workflows: Mapping[str, Workflow]) -> list[Source]:
    """Every feed of the site, in the order written."""
    return [_source(folder, feed, workflows) for feed in folder.site.feeds]


def destinations(folder: SiteFolder) -> list[Destination]:
    """The board by role, each CDS Hooks service, and each stream that is published to."""
    board = [
        Destination(person.role.value, "board", tuple(person.told)) for person in folder.site.people if person.told
    ]
    services = folder.site.cds.services if folder.site.cds else ()
    hooks = [Destination(each.id, f"cds-hooks {each.hook.value}", (each.workflow,)) for each in services]
    return [*board, *hooks, *(_stream(each, tuple(folder.site.workflows)) for each in folder.site.publish)]


def _stream(publish: Publish, workflows: tuple[str, ...]) -> Destination:
    kafka, nats = publish.stream.kafka, publish.stream.nats
    where = f"kafka {kafka.topic}" if kafka is not None else f"nats {nats.subject}" if nats is not None else ""
    return Destination(publish.name, where, workflows, tuple(kind.value for kind in publish.kinds))


def _source(folder: SiteFolder, feed: Feed, workflows: Mapping[str, Workflow]) -> Source:
    contract, mapping = folder.contracts.get(feed.name), folder.mappings.get(feed.name)
    kinds = sorted(kinds_in(mapping)) if mapping else []
    return Source(
        feed=feed.name,
        system=(contract.source_system or "") if contract else "",
        kind=feed.kind.value,
        told_by=_told_by(feed),
        freshness=feed.freshness.value,
        rhythm=f"every {contract.cadence_minutes} min" if contract else "",
        mapping=f"version {mapping.version}" if mapping else "",
        contract=f"version {contract.version}" if contract else "",
        owner=feed.owner,
        steward=feed.steward,
        events=tuple(kinds),
        read_by=reading_feed(workflows, feed.name, kinds),
        exceptions=f"set aside under Feeds, for {feed.steward}; silence to {feed.owner}",
        fallback=contract.fallback.value if contract else "",
        risks=tuple(_risks(folder, feed, contract, workflows)) if feed.kind in MAPPED else (),
    )


def _told_by(feed: Feed) -> str:
    if feed.sftp is not None:
        return f"sftp {feed.sftp.host} {feed.sftp.folder}"
    if feed.view is not None:
        return f"view {feed.view.view}"
    if feed.sender is None:
        return feed.folder or ""
    sender = "/".join(part for part in (feed.sender.application, feed.sender.facility) if part)
    return f"{sender} {', '.join(feed.messages)}".strip()


def _risks(
    folder: SiteFolder, feed: Feed, contract: Contract | None, workflows: Mapping[str, Workflow]
) -> Iterator[str]:
    if contract is None:
        yield "no contract: nothing is promised, and nothing is noticed"
        return
    if not contract.watches:
        yield "no field is watched for a change of meaning"
    bare = [each.kind for each in contract.provides if not each.fields and _read(workflows, feed.name, each.kind)]
    if bare:
        yield f"no field is promised of {', '.join(bare)}, which workflows read"
    mapping = folder.mappings.get(feed.name)
    if isinstance(mapping, CsvMapping):
        if mapping.delivers is Delivers.DELTA:
            yield "delivers changes only: a lost file is not made good by the next"
        if max(len(mapping.time_formats), len(mapping.date_formats)) > 1:
            yield "dates or times come in several formats"
    if feed.freshness is Freshness.BATCH and contract.within_minutes <= 60:
        yield f"a batch feed that promises facts within {contract.within_minutes} min"


def _read(workflows: Mapping[str, Workflow], feed: str, kind: str) -> bool:
    return any(need.kind == kind and need.feed in {None, feed} for flow in workflows.values() for need in flow.needs)
