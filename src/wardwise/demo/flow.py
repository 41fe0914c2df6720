"""Patients through the house: bays, queues for a bed, transfers, discharges. One bed holds one patient."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush

from wardwise.demo.beds import Beds
from wardwise.demo.chance import stream
from wardwise.demo.intake import DOOR, INPATIENTS, discharge_time, plans
from wardwise.demo.setting import Setting
from wardwise.demo.stay import Act, Move, Spot, Stay

MINUTE = timedelta(minutes=1)
CLEANING = {"ed": 8 * MINUTE, "ward": 50 * MINUTE, "icu": 60 * MINUTE}
IN_DANGER = 0.8  # a level that calls for intensive care
Handler = Callable[[datetime], None]


def stays(setting: Setting) -> list[Stay]:
    """Every stay of somebody who is in the house at the start or comes before the end, in order of coming."""
    flow = Flow(setting)
    return [stay for stay in flow.run() if stay.moves and (stay.ended is None or stay.ended >= setting.start)]


class Flow:
    """A clockwork over a heap of (instant, order, handler); nothing in it is drawn out of turn."""

    def __init__(self, setting: Setting) -> None:
        """An empty house."""
        self._setting = setting
        self._beds = Beds(setting.places)
        self._heap: list[tuple[datetime, int, Handler]] = []
        self._order = 0
        self._queues: dict[str, deque[Stay]] = {kind: deque() for kind in ("ed", "icu", "ward")}

    def run(self) -> list[Stay]:
        """Unfold every plan up to the setting's end."""
        everybody = [Stay(plan) for plan in plans(self._setting)]
        for stay in everybody:
            if INPATIENTS < stay.plan.number <= DOOR:
                self._settled(stay)
            else:
                self._later(stay.plan.comes, partial(self._comes, stay))
        while self._heap and self._heap[0][0] < self._setting.end:
            at, _, handler = heappop(self._heap)
            handler(at)
        return everybody

    def _later(self, at: datetime, handler: Handler) -> None:
        self._order += 1
        heappush(self._heap, (at, self._order, handler))

    def _settled(self, stay: Stay) -> None:
        stay.reserved = self._beds.take(stay.plan.first)
        self._placed(stay, stay.plan.comes)

    def _comes(self, stay: Stay, at: datetime) -> None:
        if stay.plan.elective:
            self._ask(stay, at, "ward")
            return
        spot = self._beds.take("ed")
        stay.spot = spot or Spot(self._setting.ed.id, "")
        stay.moves.append(Move(at, Act.ARRIVED, stay.spot))
        if spot is None:
            self._queues["ed"].append(stay)
        else:
            self._later(at + stay.plan.treatment, partial(self._treated, stay))

    def _treated(self, stay: Stay, at: datetime) -> None:
        # Who was admitted before the start is among those found in bed then, so here they only leave.
        if stay.plan.first and at >= self._setting.start:
            self._ask(stay, at, stay.plan.first)
        else:
            self._ends(stay, at)

    def _ask(self, stay: Stay, at: datetime, kind: str) -> None:
        spot = self._beds.take(kind)
        if spot is None:
            stay.queued = True
            self._queues[kind].append(stay)
        else:
            self._reserve(stay, at, spot)

    def _reserve(self, stay: Stay, at: datetime, spot: Spot) -> None:
        stay.queued, stay.reserved = False, spot
        minutes = stream(self._setting.seed, "porter", stay.plan.number, len(stay.moves)).randint(12, 55)
        self._later(at + minutes * MINUTE, partial(self._placed, stay))

    def _placed(self, stay: Stay, at: datetime) -> None:
        spot, was = stay.reserved, stay.spot
        assert spot is not None  # noqa: S101 - reserved before it was scheduled
        stay.spot, stay.reserved = spot, None
        if stay.admitted:
            stay.moves.append(Move(at, Act.MOVED, spot, was))
        else:
            self._admit(stay, at, was)
        if was is not None:
            self._release(was, at)
        if self._beds.kind(spot) == "icu":
            self._later(max(at + timedelta(hours=50), stay.plan.course.recovered), partial(self._better, stay))

    def _admit(self, stay: Stay, at: datetime, was: Spot | None) -> None:
        spot = stay.spot
        assert spot is not None  # noqa: S101 - set by the caller
        stay.admitted = True
        stay.moves.append(Move(at, Act.ADMITTED, spot, was))
        if stay.plan.slips and stay.plan.elective:
            stay.slipped = True
            stay.moves.append(Move(at + 9 * MINUTE, Act.UNADMITTED, spot, undoes=at))
            stay.moves.append(Move(at + 21 * MINUTE, Act.ADMITTED, spot))
        when, level = stay.plan.course.worst
        if level > IN_DANGER and when > at + timedelta(hours=1):
            self._later(when, partial(self._worse, stay))
        self._later(max(stay.plan.leaves, at + timedelta(hours=8)), partial(self._leaves, stay))

    def _worse(self, stay: Stay, at: datetime) -> None:
        on_ward = stay.spot is not None and self._beds.kind(stay.spot) == "ward"
        still = on_ward and not stay.reserved and stay.ended is None
        spot = self._beds.take("icu") if still else None
        if spot is not None:
            self._reserve(stay, at, spot)

    def _better(self, stay: Stay, at: datetime) -> None:
        if stay.ended is None:
            self._ask(stay, at, "ward")

    def _leaves(self, stay: Stay, at: datetime) -> None:
        spot = stay.spot
        assert spot is not None  # noqa: S101 - admitted before
        rng = stream(self._setting.seed, "leaves", stay.plan.number, at)
        if stay.queued or stay.reserved or self._beds.kind(spot) == "icu":
            self._later(discharge_time(self._setting, rng, at + timedelta(hours=12)), partial(self._leaves, stay))
        elif stay.plan.slips and not stay.slipped:
            stay.slipped = True
            stay.moves.append(Move(at, Act.DISCHARGED, spot))
            stay.moves.append(Move(at + 13 * MINUTE, Act.UNDISCHARGED, spot, undoes=at))
            self._later(at + rng.randint(70, 160) * MINUTE, partial(self._leaves, stay))
        else:
            self._ends(stay, at)

    def _ends(self, stay: Stay, at: datetime) -> None:
        assert stay.spot is not None  # noqa: S101 - somebody who came
        stay.moves.append(Move(at, Act.DISCHARGED, stay.spot))
        self._release(stay.spot, at)

    def _release(self, spot: Spot, at: datetime) -> None:
        if spot.bed:
            self._later(at + CLEANING[self._beds.kind(spot)], partial(self._ready, spot))

    def _ready(self, spot: Spot, at: datetime) -> None:
        kind = self._beds.give_back(spot)
        queue = self._queues[kind]
        taken = self._beds.take(kind) if queue else None
        if taken is None:
            return
        stay = queue.popleft()
        if kind != "ed":
            self._reserve(stay, at, taken)
            return
        stay.moves.append(Move(at, Act.MOVED, taken, stay.spot))
        stay.spot = taken
        self._later(at + stay.plan.treatment, partial(self._treated, stay))
