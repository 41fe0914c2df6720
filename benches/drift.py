"""False findings on clean weeks of the demo hospital, and how soon seeded faults are found, all at one setting.

    python -m benches.drift [--weeks N] [--seed N] [--json]

Exit code 1 if a feed has more than one false finding a week, or a fault is not found within a day of any of its starts.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from benches.drift_faults import FAULTS, Fault
from benches.hospital_events import hospital
from wardwise.govern.data.drift import FALSE_ALARMS, Look, look, window_start
from wardwise.govern.data.fields import kind_findings, sample
from wardwise.govern.data.finding import Finding
from wardwise.govern.data.profile import KEPT, Profile, profile, profile_of
from wardwise.sites.contract import Contract
from wardwise.sites.load import load_site

SITE = Path(__file__).parents[1] / "sites" / "demo"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Tables = Mapping[str, pl.DataFrame]


@dataclass
class Watched:
    """One feed over time: its profiles, what stands, and every finding made."""

    contract: Contract
    events: Tables
    zone: str
    profiles: list[Profile] = field(default_factory=list)
    standing: dict[tuple[str, str, str], datetime] = field(default_factory=dict)
    past: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    made: list[tuple[datetime, Finding]] = field(default_factory=list)

    def day_ends(self, at: datetime) -> None:
        """Keep the day's profile, as the worker does at local midnight."""
        start = self.profiles[-1].end if self.profiles else datetime(2000, 1, 1, tzinfo=UTC)
        signals = json.loads(json.dumps(profile(self.contract, self.between(start, at))))
        if signals or self.profiles:
            self.profiles.append(profile_of(start, at, signals))
            self.profiles = [each for each in self.profiles if each.end > at - KEPT]

    def looks(self, at: datetime) -> list[Finding]:
        """The findings that this look adds."""
        found = []
        for finding in [*self._fields(at), *self._drift(at)]:
            if finding.found and finding.key not in self.standing:
                self.standing[finding.key] = at
                found.append(finding)
            elif finding.cleared and finding.key in self.standing:
                start = window_start(self.standing.pop(finding.key), self.profiles)
                self.past.setdefault(_subject(finding), []).append((start, at))
        self.made += [(at, each) for each in found]
        return found

    def between(self, start: datetime, end: datetime) -> Tables:
        """The events of every kind recorded in (start, end]."""
        return {kind: _slice(table, start, end) for kind, table in self.events.items()}

    def _fields(self, at: datetime) -> list[Finding]:
        hour = {kind: sample(rows, at) for kind, rows in self.between(at - DAY, at).items()}
        offers = [(each, hour[each.kind]) for each in self.contract.provides if each.kind in hour and each.fields]
        return [one for offer, rows in offers for one in kind_findings(self.contract, offer, rows)]

    def _drift(self, at: datetime) -> list[Finding]:
        since = window_start(at, self.profiles)
        drifted = {subject: list(times) for subject, times in self.past.items()}
        for (_, _, named), began in self.standing.items():
            drifted.setdefault(named.partition(": ")[0], []).append((window_start(began, self.profiles), at))
        return list(look(Look(self.contract, since, self.between(since, at), self.profiles, drifted)))


def main() -> int:
    """Generate, watch, seed faults, print."""
    asked = _asked()
    result = run(asked.weeks, asked.seed)
    print(json.dumps(result, indent=2) if asked.json else _said(result))
    return 0 if result["verdict"] == "ok" else 1


def run(weeks: int, seed: int, *, starts: int = 6, faults: Sequence[Fault] = FAULTS) -> dict[str, object]:
    """The whole measurement: false findings per feed and week, and the delay of each fault in hours."""
    begun = time.perf_counter()
    folder = load_site(SITE)
    events = hospital(folder, weeks=weeks, seed=seed)
    made = time.perf_counter()
    feeds = {name: Watched(c, _of(events, c), folder.site.zone) for name, c in folder.contracts.items() if c.watches}
    times = _starts(feeds, weeks, starts)
    delays: dict[str, list[float | None]] = {fault.name: [] for fault in faults}
    for at in _hours(feeds):
        for watched in feeds.values():
            if at.astimezone(ZoneInfo(watched.zone)).hour == 0:
                watched.day_ends(at)
            watched.looks(at)
        if at in times:
            for fault in faults:
                delays[fault.name].append(_delay(feeds[fault.feed], fault, at))
    false = {name: len(watched.made) for name, watched in feeds.items()}
    fine = all(count <= weeks for count in false.values())
    found = all(delay is not None and delay <= 24 for each in delays.values() for delay in each)
    return {
        "bench": "drift",
        "weeks": weeks,
        "seed": seed,
        "false_alarms_asked": FALSE_ALARMS,
        "events": {kind: table.height for kind, table in events.items()},
        "false_findings": false,
        "false_per_feed_and_week": {name: round(count / weeks, 3) for name, count in false.items()},
        "false_by_rule": {name: dict(Counter(f"{f.rule} {f.subject}" for _, f in w.made)) for name, w in feeds.items()},
        "worst_week": {name: _worst(watched) for name, watched in feeds.items()},
        "delay_hours": {name: _spread(each) for name, each in delays.items()},
        "generate_seconds": round(made - begun, 1),
        "watch_seconds": round(time.perf_counter() - made, 1),
        "load": round(os.getloadavg()[0], 2),
        "verdict": "ok" if fine and found else "short",
    }


def _delay(watched: Watched, fault: Fault, start: datetime) -> float | None:
    """Hours from the fault's start to the first finding about its signal that was not there before; None after 24."""
    broken = {kind: fault.seeded(kind, table, start) for kind, table in watched.events.items()}
    seen = replace(
        watched,
        events=broken,
        profiles=list(watched.profiles),
        standing=dict(watched.standing),
        past={subject: list(times) for subject, times in watched.past.items()},
        made=[],
    )
    for hour in range(1, 25):
        at = start + hour * HOUR
        if at.astimezone(ZoneInfo(watched.zone)).hour == 0:
            seen.day_ends(at)
        if any(fault.told_by(finding) for finding in seen.looks(at)):
            return float(hour)
    return None


def _starts(feeds: Mapping[str, Watched], weeks: int, count: int) -> set[datetime]:
    """Instants at which faults begin: spread over the weeks and the hours of the day, the first after two days."""
    hours = _hours(feeds)
    last = len(hours) - 25
    return {
        hours[min(48 + n * max((last - 48) // max(count - 1, 1), 1), last)] for n in range(count) if weeks and last > 48
    }


def _hours(feeds: Mapping[str, Watched]) -> list[datetime]:
    tables = [table for watched in feeds.values() for table in watched.events.values() if table.height]
    first = min(table["recorded_at"][0] for table in tables).replace(minute=0, second=0, microsecond=0)
    end = min(table["recorded_at"][-1] for table in tables if table.height > 24)
    return [first + n * HOUR for n in range(1, int((end - first) / HOUR) + 1)]


def _slice(table: pl.DataFrame, start: datetime, end: datetime) -> pl.DataFrame:
    first, last = (int(table["recorded_at"].search_sorted(at, side="right")) for at in (start, end))
    return table.slice(first, last - first)


def _of(events: Tables, contract: Contract) -> Tables:
    return {each.kind: events[each.kind] for each in contract.provides if each.kind in events}


def _subject(finding: Finding) -> str:
    return finding.subject.partition(": ")[0]


def _worst(watched: Watched) -> int:
    if not watched.made:
        return 0
    first = watched.made[0][0]
    return max(Counter((at - first) // (7 * DAY) for at, _ in watched.made).values())


def _spread(delays: Sequence[float | None]) -> dict[str, object]:
    known = [each for each in delays if each is not None]
    return {"found": len(known), "of": len(delays), "worst": max(known, default=None), "all": list(delays)}


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weeks", type=int, default=8, help="how many clean weeks (default 8; 52 for a release)")
    parser.add_argument("--seed", type=int, default=11, help="another seed is another year")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def _said(result: Mapping[str, object]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in result.items())


if __name__ == "__main__":
    sys.exit(main())
