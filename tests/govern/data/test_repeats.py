"""What a feed told live and another by batch: each day compared once, one to one, with lags and findings."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.govern.data.growing import GrowingLog

from wardwise.feeds.intake import read_all
from wardwise.feeds.readers import readers
from wardwise.govern.data.repeats import RULE, repeat_drafts
from wardwise.govern.data.watchman import Watchman
from wardwise.loop.capture.event import About, Draft, Status
from wardwise.loop.capture.inbox import Arrival
from wardwise.loop.capture.instant import Instant
from wardwise.loop.derive.history import History
from wardwise.loop.derive.state.repeated import Lag, Repeated, newest, repeated
from wardwise.loop.derive.view import View
from wardwise.sites.load import SiteFolder
from wardwise.sites.mapping import read_mapping
from wardwise.sites.repeats import Repeats
from wardwise.stores.artefacts import Artefacts
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.memory.log import MemoryLog

DAY = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)  # midnight in Chicago
NOON = DAY + timedelta(hours=12)
NIGHT = DAY + timedelta(hours=26)  # when the batch of the day comes
COMPLETE = DAY + timedelta(hours=36)
MINUTE = timedelta(minutes=1)


def repeats(*kinds: str, **more: Any) -> Repeats:
    agrees = {"within_minutes": 30, "tolerance": "0.5", "share": "0.1", "count": 2}
    return Repeats.model_validate({"live": "adt", "batch": "census", "kinds": kinds, "agrees": agrees, **more})


class Ward(GrowingLog):
    """The demo site, one of whose feeds another repeats."""

    def __init__(self, folder: SiteFolder, tmp: Path, repeat: Repeats) -> None:
        adt = folder.site.feed("adt")
        assert adt
        census = adt.model_copy(update={"name": "census"})
        site = folder.site.model_copy(update={"feeds": (*folder.site.feeds, census), "repeats": (repeat,)})
        super().__init__(replace(folder, site=site), tmp)

    def compare(self, at: datetime) -> list[Draft]:
        return self.conclude(at, repeat_drafts(self.view(at)))

    def day(self, at: datetime = COMPLETE) -> Repeated:
        self.compare(at)
        return newest(self.view(at))[-1]


@pytest.fixture
def ward(folder: SiteFolder, tmp_path: Path) -> Callable[..., Ward]:
    return lambda *kinds, **more: Ward(folder, tmp_path, repeats(*kinds, **more))


def told(feed: str, number: int, at: datetime = NOON, kind: str = "stay.admitted", **more: Any) -> Draft:
    about = About(unit=more.pop("unit", "demo/4a"), encounter=f"e{number}", patient=f"p{number}", staff=f"n{number}")
    status, replaces = more.pop("status", Status.FINAL), more.pop("supersedes", None)
    name = f"{feed}-{kind}-{number}-{at:%d%H%M}-{status}"
    payload = {"class": "inpatient"} if kind == "stay.admitted" else {}
    return Draft(
        id=name, kind=kind, occurred_at=at, source=feed, about=about, payload=payload | more, status=status,
        supersedes=replaces,
    )  # fmt: skip


def counts(found: Repeated) -> tuple[int, int, int, int]:
    return found.both, found.only_live, found.only_batch, found.differing


def test_a_day_is_compared_fact_by_fact_and_once(ward: Callable[..., Ward]) -> None:
    site = ward("stay.admitted")
    for number in range(10):
        site.tell(NOON + number * MINUTE, told("adt", number, NOON - MINUTE))
    site.tell(NIGHT, *(told("census", number, NOON + 9 * MINUTE) for number in range(1, 9)), told("census", 77))
    site.tell(NIGHT, told("census", 9, NOON, unit="demo/4b"))
    before = site.compare(COMPLETE - MINUTE)
    assert [draft.payload["to"] for draft in before] == ["2026-03-02T06:00:00.000000Z"]  # this day's batch may be late
    found = site.day()
    assert counts(found) == (9, 1, 1, 1)
    assert (found.start, found.end) == (DAY, DAY + timedelta(days=1))
    assert found.fields == {"unit": 1}
    assert found.examples["only_live"] == ("adt-stay.admitted-0-021759-final",)
    assert found.examples["only_batch"] == ("census-stay.admitted-77-021800-final",)
    assert found.lags["live"] == Lag(half=6.0, most=9.0)  # the ninth was told ten minutes after it happened
    assert found.lags["ahead"].half == pytest.approx((NIGHT - NOON) / MINUTE, abs=6)
    assert found.lags["batch"].half == pytest.approx((NIGHT - NOON) / MINUTE - 9, abs=1)
    assert site.compare(COMPLETE + MINUTE) == []


def test_facts_are_paired_one_to_one_the_nearest_first(ward: Callable[..., Ward]) -> None:
    site = ward("sign.measured")
    sign = {"kind": "sign.measured", "code": "pulse"}
    site.tell(NOON, *(told("adt", 1, NOON + n * MINUTE, value=str(80 + n), **sign) for n in (0, 10, 20)))
    site.tell(NIGHT, *(told("census", 1, NOON + n * MINUTE, value=str(80 + n), **sign) for n in (1, 9)))
    found = site.day()
    assert counts(found) == (2, 1, 0, 2)
    site = ward("sign.measured", agrees={"within_minutes": 30, "tolerance": "1"})
    site.tell(NOON, *(told("adt", 1, NOON + n * MINUTE, value=str(80 + n), **sign) for n in (0, 10, 20)))
    site.tell(NIGHT, *(told("census", 1, NOON + n * MINUTE, value=str(80 + n), **sign) for n in (1, 9)))
    assert counts(site.day()) == (2, 1, 0, 0)


def test_what_was_corrected_or_taken_back_counts_as_it_stands(ward: Callable[..., Ward]) -> None:
    site = ward("stay.admitted")
    first = told("adt", 1, unit="demo/5a")
    site.tell(NOON, first, told("adt", 2), told("adt", 3), told("adt", 4))
    site.tell(NOON, told("adt", 1, NOON + MINUTE, supersedes=first.id))
    at = f"{NOON:%Y-%m-%dT%H:%M:%SZ}"
    cancel = {"kind": "stay.cancelled", "target_occurred_at": at, "target": "stay.admitted"}
    site.tell(NOON, told("adt", 2, NOON + MINUTE, **cancel))
    site.tell(NOON, told("adt", 3, NOON + MINUTE, kind="stay.cancelled", target="stay"))
    site.tell(NOON, told("adt", 4, status=Status.CANCELLED, supersedes=told("adt", 4).id))
    site.tell(NIGHT, told("census", 1))
    assert counts(site.day()) == (1, 0, 0, 0)


def test_midnight_parts_no_pair(ward: Callable[..., Ward]) -> None:
    site, midnight = ward("stay.admitted"), DAY + timedelta(days=1)
    site.tell(midnight + MINUTE, told("adt", 1, midnight - MINUTE), told("adt", 2, midnight + MINUTE))
    site.tell(midnight + MINUTE, told("census", 1, midnight + MINUTE), told("census", 2, midnight - MINUTE))
    assert counts(site.day()) == (1, 0, 0, 0)
    assert counts(site.day(COMPLETE + timedelta(days=1))) == (1, 0, 0, 0)


def test_shifts_and_cases_belong_to_the_day_they_begin_on(ward: Callable[..., Ward]) -> None:
    site, early = ward("shift.assigned", "case.booked"), NOON - timedelta(days=40)
    hours = {"shift": "day", "starts": "2026-03-02T13:00:00Z", "ends": "2026-03-03T01:00:00Z", "skill": "icu"}
    case = {"case": "c1", "procedure": "hip"}
    site.tell(early, told("adt", 1, early, kind="shift.assigned", **hours))
    site.tell(early, told("adt", 2, early, kind="case.booked", starts="2026-03-05T13:00:00Z", **case))
    site.tell(DAY, told("adt", 2, DAY, kind="case.changed", starts="2026-03-02T14:00:00Z", **case))
    site.tell(NIGHT, told("census", 1, NIGHT, kind="shift.assigned", **{**hours, "skill": "ed"}))
    site.tell(NIGHT, told("census", 2, NIGHT, kind="case.booked", starts="2026-03-02T14:00:00Z", **case))
    site.compare(COMPLETE)
    shifts, cases = repeated(site.view(COMPLETE))
    assert counts(shifts) == (1, 0, 0, 1)
    assert shifts.fields == {"skill": 1}
    assert counts(cases) == (1, 0, 0, 0)
    assert cases.lags["live"].half < 0  # told before it began


def test_only_the_fields_named_are_compared(ward: Callable[..., Ward]) -> None:
    site = ward("stay.admitted", fields=["service"])
    site.tell(NOON, told("adt", 1, service="medicine"), told("adt", 2, service="medicine"), told("adt", 3))
    others = (told("census", n, unit="demo/icu", service=s) for n, s in ((1, "medicine"), (2, "surgery"), (3, "x")))
    site.tell(NIGHT, *others)
    found = site.day()
    assert counts(found) == (3, 0, 0, 1)  # what one of them does not tell is no difference
    assert found.fields == {"service": 1}


def test_a_worker_that_was_away_catches_up_on_three_days(ward: Callable[..., Ward]) -> None:
    site = ward("stay.admitted")
    site.compare(COMPLETE)
    site.tell(COMPLETE, *(told("adt", day, NOON - timedelta(days=day)) for day in range(3)))
    made = site.compare(COMPLETE + timedelta(days=6))
    days = [draft.payload["from"] for draft in made if draft.kind == "feed.repeated"]
    assert days == [f"2026-03-0{day}T06:00:00.000000Z" for day in (6, 7, 8)]


def test_too_far_apart_is_a_finding_until_it_is_not(ward: Callable[..., Ward]) -> None:
    site = ward("stay.admitted")
    site.tell(NOON, *(told("adt", number) for number in range(20)))
    site.tell(NIGHT, *(told("census", number) for number in range(17)))
    drafts = [draft for draft in site.compare(COMPLETE) if draft.kind == "contract.breached"]
    assert [(d.payload["feed"], d.payload["rule"], d.payload["count"], d.payload["steps_down"]) for d in drafts] == [
        ("census", RULE, 3, False)
    ]
    assert drafts[0].payload["what"] == (
        "of 20 stay.admitted of a day, 3 came from adt alone, 0 from census alone, 0 differ"
    )
    later = NOON + timedelta(days=1)
    site.tell(later, *(told("adt", number, later) for number in range(20)))
    site.tell(later, *(told("census", number, later) for number in range(20)))
    kept = [draft for draft in site.compare(COMPLETE + timedelta(days=1)) if draft.kind == "contract.breached"]
    assert [draft.payload["state"] for draft in kept] == ["kept"]


def test_a_day_of_nothing_is_told_and_no_finding(ward: Callable[..., Ward]) -> None:
    site = ward("stay.admitted")
    site.tell(NOON, told("adt", 1, NOON - timedelta(days=1)))
    made = site.compare(COMPLETE)
    assert [draft.kind for draft in made] == ["feed.repeated"]
    assert counts(repeated(site.view(COMPLETE))[0]) == (0, 0, 0, 0)


def test_the_watchman_compares_once_a_day_is_complete_and_moves_nobody_down(ward: Callable[..., Ward]) -> None:
    site, watchman = ward("stay.admitted"), Watchman()
    site.tell(NOON, *(told("adt", number) for number in range(5)))
    kinds: list[list[str]] = []
    for at in (COMPLETE - MINUTE, COMPLETE + timedelta(hours=1), COMPLETE + timedelta(hours=2)):
        made = watchman.compare(site.view(at))
        site.tell(at, *made)
        kinds.append([draft.kind for draft in made if draft.kind != "feed.profiled"])
    assert kinds[1:] == [["feed.repeated", "contract.breached"], []]


CENSUS = """\
format: csv
version: 1
header: {visit: [Visit], patient: [Patient], at: [Admitted], ward: [Ward], pulse: [Pulse]}
delivers: delta
key: [visit]
codes: {units: {4A: 4a, 4B: 4b}}
names:
  patient: {identifier: patient, authority: {constant: LGH}}
  visit: {identifier: visit, authority: {constant: LGH}}
  ward: {take: ward, table: units}
emit:
  - kind: stay.admitted
    occurred_at: {take: at, as: time}
    about: {patient: $patient, encounter: $visit, unit: $ward}
    payload: {class: {constant: inpatient}}
    fact_key: [visit]
  - kind: sign.measured
    occurred_at: {take: at, as: time}
    about: {patient: $patient, encounter: $visit}
    payload: {code: {constant: pulse}, value: {take: pulse, as: decimal}, ucum: {constant: /min}}
    fact_key: [visit]
"""
A01 = (
    "MSH|^~\\&|EHR|LGH|W|W|{at}||ADT^A01|m{visit}|P|2.5.1\rEVN||{at}\rPID|1||{patient}^^^LGH^MR\r"
    "PV1|1|I|4A^^12|||||||MED|||||||||{visit}^^^LGH\r"
)


def test_a_nightly_census_beside_live_messages(folder: SiteFolder, tmp_path: Path) -> None:
    (tmp_path / "census.yaml").write_text(CENSUS)
    roster = folder.site.feed("roster")
    assert roster
    feeds = (*folder.site.feeds, roster.model_copy(update={"name": "census"}))
    repeat = repeats("stay.admitted", "sign.measured")
    site = folder.site.model_copy(update={"feeds": feeds, "repeats": (repeat,)})
    house = replace(
        folder, site=site, mappings={**folder.mappings, "census": read_mapping(tmp_path / "census.yaml")}
    )  # fmt: skip
    inbox, log = MemoryInbox(), MemoryLog()
    hear = readers(house, token_key=b"k" * 32, log=log)
    rows = "Visit,Patient,Admitted,Ward,Pulse\n88,7001,2026-03-02 12:00,4A,80\n89,7002,2026-03-02 12:20,4B,90\n"

    def take(source: str, name: str, body: str, at: datetime) -> None:
        arrival = {"site": "demo", "source": source, "listener": "t", "control_id": name}
        inbox.receive([Arrival(**arrival, body=body.encode(), received_at=at)])
        read = read_all(inbox.pending("demo", after=log.offset("demo", "intake")), hear)
        log.append(log.lease("demo", "t"), read.batch, at)

    for visit, patient in (("88", "7001"), ("89", "7002")):
        take("adt", visit, A01.format(visit=visit, patient=patient, at="20260302120000"), NOON)
    take("census", "census.csv", rows, NIGHT)
    view = View(house, Instant(COMPLETE, log.head("demo").position), History(log, "demo"), Artefacts(tmp_path))
    admitted, signs = (draft for draft in repeat_drafts(view) if draft.kind == "feed.repeated")
    assert [admitted.payload[name] for name in ("both", "only_live", "only_batch", "differing")] == [2, 0, 0, 1]
    assert signs.payload["only_batch"] == 2
    batch = [event for event in log.read("demo") if event.kind == "sign.measured"]
    assert {event.status for event in batch} == {Status.SUSPECT}  # kept beside the live ones, never scored
