"""The streams that a data folder publishes to, looked at without a running service."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wardwise.assemble.stores import READ_ONLY, Stores, is_prepared, open_stores
from wardwise.govern.runtime.lag import Lag, dropped_lately, lag_of
from wardwise.hospital.moment import iso
from wardwise.loop.capture.log import Selection
from wardwise.sites.load import SiteFolder
from wardwise.sites.publish import Publish
from wardwise.stores.switches import Switches
from wardwise.stores.unreached import UnreachedServers


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingStream:
    """One stream; `expired` and `refused` are of seven days, `off` and `trouble` are empty where all is well."""

    site: str
    lag: Lag
    owner: str
    expired: int
    refused: int
    off: str
    trouble: str
    now: datetime

    @property
    def behind_seconds(self) -> float:
        """For how long the oldest event that waits has stood in the log."""
        return round((self.now - self.lag.since).total_seconds(), 1) if self.lag.since is not None else 0.0

    @property
    def says(self) -> str:
        """For people, in one line."""
        lag = self.lag
        place = "nothing yet" if lag.place is None else f"up to position {lag.place} of {lag.head}"
        waiting = f"{lag.waiting} waiting" + (f" for {self.behind_seconds:.0f} s" if lag.waiting else "")
        dropped = f"{self.expired} expired and {self.refused} refused in 7 days"
        return ", ".join([f"{lag.stream}: {place}", waiting, dropped, *filter(None, (self.off, self.trouble))])

    def figures(self) -> dict[str, object]:
        """For machines."""
        return {
            "site": self.site,
            "stream": self.lag.stream,
            "owner": self.owner,
            "position": self.lag.place,
            "head": self.lag.head,
            "waiting": self.lag.waiting,
            "behind_seconds": self.behind_seconds,
            "expired_7_days": self.expired,
            "refused_7_days": self.refused,
            "off": self.off or None,
            "trouble": self.trouble or None,
        }


def streams_of(data: Path) -> list[str]:
    """The names of the streams that sites of a data folder publish to now; raises StoreUnavailable."""
    if not is_prepared(data):
        return []
    with open_stores(data, READ_ONLY) as stores:
        return [each.name for site in stores.log.sites() for each in _published(stores, site)]


def outgoing(data: Path, now: datetime) -> Iterator[OutgoingStream]:
    """Each stream that sites of a data folder publish to; raises StoreUnavailable."""
    unreached = UnreachedServers(data / "unpublished").read()
    switches = Switches(data / "off")
    with open_stores(data, READ_ONLY) as stores:
        for site in stores.log.sites():
            dropped = dropped_lately(stores.log, site, now)
            for each in _published(stores, site):
                off, away = switches.stream(each.name), unreached.get(each.name)
                yield OutgoingStream(
                    site=site,
                    lag=lag_of(stores.log, site, each),
                    owner=each.owner,
                    expired=dropped[each.name, "expired"],
                    refused=dropped[each.name, "refused"],
                    off=off.says if off is not None else "",
                    trouble=f"its broker takes nothing since {iso(away.since)}: {away.why}" if away is not None else "",
                    now=now,
                )


def _published(stores: Stores, site: str) -> tuple[Publish, ...]:
    """The streams by the configuration that took effect last; none for a site that never had one."""
    taken = stores.log.read(site, where=Selection(kinds=frozenset({"site.configured"})))
    if not taken:
        return ()
    return SiteFolder.from_snapshot(stores.signed.get(str(taken[-1].payload["artefact"]))).site.publish
