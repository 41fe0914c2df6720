"""A busy hospital of five wards, its log and inbox in memory, and a worker that reads answers as the real one does."""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from wardwise.feeds.people.reader import PeopleReader
from wardwise.feeds.reading import Reading
from wardwise.hospital.moment import iso
from wardwise.hospital.token import tokenise
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.capture.inbox import INTAKE, Arrival, Raw
from wardwise.loop.capture.log import Batch, Disposition, Outcome
from wardwise.loop.declare.card import Owners, WorkflowCard
from wardwise.loop.declare.feature import FeatureSet
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.rung import Rung, Tier
from wardwise.loop.declare.workflow import Stages, Workflow
from wardwise.sites.contract import Contract
from wardwise.sites.load import SiteFolder
from wardwise.sites.policies import Policies
from wardwise.sites.site import Site
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.memory.log import MemoryLog
from wardwise.surfaces.house import House

NOW = datetime(2026, 11, 21, 20, 12, 5, tzinfo=UTC)  # a Saturday, 14:12:05 in Chicago
TOKEN_KEY = b"t" * 32
COOKIE_KEY = b"c" * 32
AUTHORITY = "MRN"
WARDS = {"4a": (30, 29), "4b": (30, 26), "5-west": (28, 28), "icu": (12, 11)}
TITLES = {"ed_demand": "ED demand", "staffing": "Staffing", "deterioration": "Deterioration"}
OWNERS = {"clinical": "Chief nurse", "operational": "Staffing office", "engineering": "Clinical IT"}


class StandingClock:
    """Hospital time that moves only when told to, unless `running`; machine time is real, and can be made to lapse."""

    def __init__(self, at: datetime = NOW, *, running: bool = False) -> None:
        self._at = at
        self._origin = time.monotonic() if running else None
        self._lapsed = 0.0

    def now(self) -> datetime:
        passed = time.monotonic() - self._origin if self._origin is not None else 0.0
        return self._at + timedelta(seconds=passed)

    def elapsed(self) -> float:
        return time.monotonic() + self._lapsed

    def lapse(self, seconds: float) -> None:
        self._lapsed += seconds

    def advance(self, by: timedelta) -> None:
        self._at += by


@dataclass
class Ward:
    """The house under test, and the hands that write into its log."""

    house: House
    log: MemoryLog
    inbox: MemoryInbox
    clock: StandingClock
    serial: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def site(self) -> str:
        return self.house.folder.site.slug

    def unit(self, name: str) -> str:
        return f"{self.site}/{name}"

    def append(self, *drafts: Draft) -> None:
        lease = self.log.lease(self.site, "test")
        self.log.append(lease, Batch(list(drafts)), self.clock.now())

    def draft(self, kind: str, at: datetime, payload: Mapping[str, Any], **more: Any) -> Draft:
        self.serial += 1
        letter = {"advice.given": "a", "prediction.made": "p"}.get(kind, "z")
        name = derived_id(letter, kind=kind, workflow="test", entity=str(self.serial), position=0, cause="")
        return Draft(id=name, kind=kind, occurred_at=at, source="test", payload=payload, **more)

    def answers(self) -> list[dict[str, Any]]:
        events = self.log.read(self.site)
        return [dict(event.payload) for event in events if event.kind == "response.given"]

    def work(self) -> None:
        """Read answers into the log until stopped: what the worker does, in a thread of the test."""
        done, reader = 0, PeopleReader(self.log, self.house.folder)
        while not self.stop.is_set():
            for raw in self.inbox.pending(self.site, after=done):
                done = raw.sequence
                if raw.arrival.source in {"board", "ehr"}:
                    self._apply(raw, reader.read(raw, self.clock.now()))
            self.stop.wait(0.02)

    def _apply(self, raw: Raw, reading: Reading) -> None:
        refused = reading.quarantine
        outcome = Outcome.QUARANTINED if refused else Outcome.APPLIED
        told = Disposition(raw.id, raw.sequence, outcome, len(reading.drafts), refused.code if refused else "")
        batch = Batch(list(reading.drafts), [told], {INTAKE: raw.sequence})
        self.log.append(self.log.lease(self.site, "w"), batch, self.clock.now())


class NoArtefacts:
    def get(self, sha256: str) -> bytes:
        raise AssertionError(sha256)


def site_of(title: str = "St Example General", slug: str = "ste", mode: str = "assistive") -> Site:
    units: list[dict[str, Any]] = [
        {"id": "ed", "title": "Emergency department", "kind": "ed", "beds": 24, "skill": "ed"},
        {"id": "4a", "title": "Ward 4A", "kind": "ward", "beds": 30, "skill": "med-surg"},
        {"id": "4b", "title": "Ward 4B", "kind": "ward", "beds": 30, "skill": "med-surg"},
        {"id": "5-west", "title": "5 West", "kind": "ward", "beds": 28, "skill": "med-surg"},
        {"id": "icu", "title": "Intensive care", "kind": "icu", "beds": 12, "skill": "icu"},
    ]
    hl7 = {"kind": "hl7v2", "mapping": "mappings/x.yaml", "freshness": "stream", "owner": "EHR team", "steward": "HIM"}
    people = {"freshness": "stream", "owner": "wardwise", "steward": "Nursing"}
    return Site.model_validate(
        {
            "slug": slug,
            "title": title,
            "zone": "America/Chicago",
            "country": "US",
            "units": units,
            "shifts": [
                {"name": "day", "starts": "07:00", "hours": 12},
                {"name": "night", "starts": "19:00", "hours": 12},
            ],
            "feeds": [
                {"name": "adt", "sender": {"application": "EHR"}, "messages": ["ADT"], **hl7},
                {"name": "vitals", "sender": {"application": "EHR"}, "messages": ["ORU"], **hl7},
                {"name": "board", "kind": "board", **people},
                {"name": "ehr", "kind": "cds-hooks", **people},
            ],
            "workflows": {
                "ed_demand": {"mode": mode, "owners": OWNERS},
                "staffing": {"mode": mode, "owners": OWNERS},
                "deterioration": {"mode": mode, "units": {"icu": "shadow"}, "owners": OWNERS},
            },
            "cds": {
                "patient_authority": AUTHORITY,
                "services": [
                    {
                        "id": "deterioration",
                        "hook": "patient-view",
                        "workflow": "deterioration",
                        "title": "Deterioration",
                    }
                ],
            },
        }
    )


def contract(feed: str, kind: str, silent: int) -> Contract:
    return Contract.model_validate(
        {
            "feed": feed,
            "version": 1,
            "owner": "EHR team",
            "steward": "HIM",
            "within_minutes": 5,
            "cadence_minutes": 5,
            "silent_after_minutes": silent,
            "provides": [{"kind": kind}],
            "fallback": "passive",
        }
    )


def workflow(name: str, title: str, zone: str = "America/Chicago") -> Workflow:
    feeds = {"deterioration": ("vitals",)}.get(name, ())
    rung = Rung(Tier.RULE, f"{name}-rule", f"{title}: rule of the ward", lambda _: [], feeds=feeds)
    stages = Stages(
        spine=lambda _view, _events: [],
        features=FeatureSet(name, 1, (), lambda _view, spine: spine),
        ladder=(rung, Rung(Tier.NONE, f"{name}-none", f"{title}: no number", lambda _: [])),
        advise=lambda _view, _predictions: [],
        ended=lambda _view, _prediction, _standing: None,
    )
    card = WorkflowCard(
        title=title,
        intended_use=f"{title} for the wards.",
        users=("charge nurse",),
        population="adults",
        contraindications=("children",),
        non_goals=("diagnosis",),
        when_to_ignore=("when known otherwise",),
        owners=Owners("Chief nurse", "Staffing office", "Clinical IT"),
        may_override=("house-supervisor", "charge-nurse"),
        informed=("bed-manager",),
        accountable="Chief nursing officer",
    )
    return Workflow(
        name=name,
        version=1,
        files=Files(card=card, needs=(), policies=Policies.of((), zone=zone), strings={}),
        stages=stages,
        promises=(),
    )


def under_review(ward: Ward) -> list[str]:
    """Put the vitals under review, with a sample of three signs of Ward 4A; their ids."""
    contracts: Any = ward.house.folder.contracts
    fields = [
        {"name": "code", "type": "text", "codes": ["pulse"]},
        {"name": "value", "type": "decimal", "ucum": "/min"},
    ]
    more = {"provides": [{"kind": "sign.measured", "fields": fields}], "stewards": ["data-steward"]}
    more["review"] = {"every_days": 7, "size": 3, "tolerates": "0.05"}
    contracts["vitals"] = Contract.model_validate(contracts["vitals"].model_dump() | more)
    now, signs = ward.clock.now(), []
    for number in range(3):
        about = About(unit=ward.unit("4a"), bed=ward.unit("4a") + "/7", encounter=f"enc{number}", patient="pat")
        payload = {"code": "pulse", "value": str(60 + number), "ucum": "/min"}
        signs.append(ward.draft("sign.measured", now - timedelta(hours=20), payload, about=about))
    payload = {"feed": "vitals", "from": iso(now - timedelta(days=7)), "to": iso(now), "seed": "0" * 16, "of": 3}
    sample = ward.draft("sample.drawn", now, payload | {"events": [sign.id for sign in signs]})
    ward.append(*signs, sample)
    return [sign.id for sign in signs]


def drifting(ward: Ward) -> str:
    """A drift of the vitals that stands, of which a data steward may speak; the finding's id."""
    contracts: Any = ward.house.folder.contracts
    contracts["vitals"] = Contract.model_validate(contracts["vitals"].model_dump() | {"stewards": ["data-steward"]})
    payload = {"feed": "vitals", "rule": "level", "what": "the level has moved", "state": "broken", "drift": "semantic"}
    more = {"event": "sign.measured", "field": "value", "subject": "sign.measured value [pulse]", "steps_down": True}
    finding = ward.draft("contract.breached", ward.clock.now(), payload | more)
    ward.append(finding)
    return finding.id


def make_ward(site: Site | None = None, *, running: bool = False) -> Ward:
    clock, log, inbox = StandingClock(running=running), MemoryLog(), MemoryInbox()
    contracts = {"adt": contract("adt", "stay.admitted", 30), "vitals": contract("vitals", "sign.measured", 30)}
    house = House(
        folder=SiteFolder(site=site or site_of(), mappings={}, contracts=contracts, overlays={}),
        log=log,
        inbox=inbox,
        artefacts=NoArtefacts(),
        clock=clock,
        workflows={name: workflow(name, title) for name, title in TITLES.items()},
        cookie_key=COOKIE_KEY,
        token_key=TOKEN_KEY,
        data=Path(),
    )
    return Ward(house, log, inbox, clock)


def leave(ward: Ward, *feeds: str) -> list[Raw]:
    """A message of each feed, received now and read by nobody."""
    arrivals = []
    for feed in feeds:
        ward.serial += 1
        name = f"m{ward.serial}"
        more = {"control_id": name, "body": name.encode(), "received_at": ward.clock.now()}
        arrivals.append(Arrival(site=ward.site, source=feed, listener="mllp", **more))
    return ward.inbox.receive(arrivals)


def read(ward: Ward, raws: list[Raw]) -> None:
    """What the worker does with messages that hold nothing new."""
    for raw in raws:
        batch = Batch([], [Disposition(raw.id, raw.sequence, Outcome.APPLIED, 1)], {INTAKE: raw.sequence})
        ward.log.append(ward.log.lease(ward.site, "w"), batch, ward.clock.now())


def hear(ward: Ward, *feeds: str) -> None:
    """A message of each feed, received now and applied."""
    read(ward, leave(ward, *feeds))


def card(summary: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "summary": summary,
        "indicator": "warning",
        "source": {"label": "wardwise: Staffing", "workflow": "staffing"},
        "reasons": [
            {"says": "5 West needs 7 nurses for the night, 5 are rostered (ratio 1:4 rule).", "traces": ["z1"]},
            {"says": "Expected census 28 (80% range 26 to 28).", "traces": ["z2"]},
        ],
        "detail": [{"label": "Float pool", "says": "2 med-surg nurses free, no overtime triggered"}],
        "uncertainty": "The gap closes in 92 of 100 nights like this one.",
        "when_to_ignore": ["The charge nurse has already filled the shift."],
        "suggestions": [{"code": "float", "label": "Move 1 float nurse to 5 West, 19:00 to 07:00"}],
        "owner": "house-supervisor",
        "may_override": ["house-supervisor", "charge-nurse"],
        "informed": ["bed-manager"],
        "accountable": "Chief nursing officer",
        "tier": {"tier": "rule", "says": "Staffing grid of the site", "why": ""},
        "act_by": iso(NOW + timedelta(minutes=48)),
        "expires_at": iso(NOW + timedelta(hours=4)),
    }
    return made | more


def give(ward: Ward, made: dict[str, Any], *, flow: str = "staffing", **more: Any) -> str:
    """Advice on the board; returns its id. `status` and `reason` say how it was delivered."""
    at = ward.clock.now() - timedelta(minutes=4)
    about = more.get("about", About(unit=ward.unit("5-west")))
    prediction = ward.draft(
        "prediction.made",
        at,
        {
            "workflow": flow,
            "entity": about.unit or "x",
            "target": "test",
            "output": {},
            "seen": {"at": iso(at)},
            "versions": {"workflow": f"{flow}@1", "model": "none"},
            "tier": made["tier"],
        },
        about=about,
    )
    payload = {
        "workflow": flow,
        "entity": about.unit or "x",
        "card": made,
        "state": more.get("state", "short"),
        "expires_at": made["expires_at"],
    }
    advice = ward.draft("advice.given", at, payload, about=about, caused_by=(prediction.id,))
    sent: dict[str, Any] = {
        "workflow": flow,
        "status": more.get("status", "sent"),
        "surface": "board",
        "mode": more.get("mode", "assistive"),
        "receiver": made["owner"],
    }
    if "reason" in more:
        sent["reason"] = more["reason"]
    delivery = ward.draft("delivery.made", at, sent, about=about, caused_by=(advice.id,))
    ward.append(prediction, advice, delivery)
    return advice.id


def fill(ward: Ward) -> None:
    """Patients on every ward, a busy department, a day of arrivals, a forecast, rosters and needs."""
    now = ward.clock.now()
    drafts = []
    for ward_name, (_, present) in WARDS.items():
        for number in range(present):
            at = now - timedelta(hours=3 + 7 * number % 60)
            about = About(
                unit=ward.unit(ward_name), encounter=f"{ward_name}-{number}", patient=f"p-{ward_name}-{number}"
            )
            drafts.append(ward.draft("stay.admitted", at, {"class": "inpatient"}, about=about))
    for number in range(21):
        about = About(unit=ward.unit("ed"), encounter=f"ed-{number}", patient=f"p-ed-{number}")
        at = now - timedelta(minutes=11 * number + 3)
        drafts.append(ward.draft("stay.arrived", at, {"class": "emergency"}, about=about))
        if number > 17:
            drafts.append(ward.draft("stay.admitted", at + timedelta(minutes=90), {"class": "inpatient"}, about=about))
    hour = now.replace(minute=0, second=0, microsecond=0)
    for back in range(1, 25):
        at = hour - timedelta(hours=back)
        count = [3, 2, 2, 1, 1, 2, 3, 4, 6, 8, 9, 9, 8, 8, 7, 8, 9, 10, 9, 8, 7, 6, 5, 4][(at.hour - 6) % 24]
        payload = {"hour": iso(at), "count": count}
        about = About(unit=ward.unit("ed"))
        drafts.append(ward.draft("arrivals.counted", at + timedelta(hours=1), payload, about=about))
    drafts += [forecast(ward, hour), *needs(ward)]
    ward.append(*drafts)
    hear(ward, "adt", "vitals")


def forecast(ward: Ward, hour: datetime) -> Draft:
    middle = [5 + 4 * abs(((index + 8) % 24) - 12) / 12 for index in range(168)]
    width = {"0.025": -3.4, "0.1": -2.2, "0.5": 0.0, "0.9": 2.6, "0.975": 4.3}
    quantiles = {level: [repr(round(max(m + by, 0), 2)) for m in middle] for level, by in width.items()}
    output = {
        "from": iso(hour),
        "hours": 168,
        "quantiles": quantiles,
        "sums": {"next4h": {"0.1": "31.0", "0.5": "38.0", "0.9": "46.0"}},
        "surge": {"excess": "6", "lower80": "1.5", "margin": "5", "is_surge": False},
        "baseline": {"percent": "12", "says": "12% above a usual Saturday"},
    }
    payload = {
        "workflow": "ed_demand",
        "entity": ward.unit("ed"),
        "target": "ed-arrivals-hourly",
        "output": output,
        "seen": {"at": iso(hour)},
        "versions": {"model": "m1"},
        "tier": {"tier": "full", "says": "Arrivals model, 28 days", "why": ""},
    }
    at = ward.clock.now() - timedelta(minutes=9)
    return ward.draft("prediction.made", at, payload, about=About(unit=ward.unit("ed")))


def needs(ward: Ward) -> Iterator[Draft]:
    rostered = {"ed": ((8, 7), (7, 7)), "4a": ((7, 7), (6, 6)), "4b": ((6, 6), (5, 6)), "5-west": ((7, 7), (5, 7))}
    rostered["icu"] = ((8, 8), (8, 8))
    for unit, ((have, need), (have_next, need_next)) in rostered.items():
        shifts = [
            {
                "shift": "2026-11-21/day",
                "rostered": have,
                "needed": {"base": need, "high": need + 1, "surge": need + 2},
            },
            {"shift": "2026-11-21/night", "rostered": have_next, "needed": {"base": need_next, "high": need_next + 1}},
        ]
        payload = {
            "workflow": "staffing",
            "entity": ward.unit(unit),
            "target": "nurses-needed",
            "output": {"shifts": shifts},
            "seen": {"at": iso(NOW)},
            "versions": {"model": "none"},
            "tier": {"tier": "rule", "says": "Staffing grid of the site", "why": ""},
        }
        at = ward.clock.now() - timedelta(minutes=6)
        yield ward.draft("prediction.made", at, payload, about=About(unit=ward.unit(unit)))


def patient_token(identifier: str) -> str:
    return tokenise(TOKEN_KEY, AUTHORITY, identifier)
