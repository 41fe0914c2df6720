"""What a reader of the wire sees: messages alone, parsed again, folded in the order things happened."""

import itertools
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from wardwise.demo.habits import Sort
from wardwise.demo.setting import Setting
from wardwise.demo.timeline import timeline
from wardwise.feeds.hl7v2.address import Address
from wardwise.feeds.hl7v2.message import Message
from wardwise.feeds.hl7v2.timestamps import read_timestamp

MOVES = {"A01", "A02", "A03", "A04", "A11", "A13"}
Interval = tuple[datetime, datetime | None, str, str]


@dataclass(frozen=True, slots=True)
class Wire:
    stays: dict[str, list[Interval]]
    signs: list[tuple[str, datetime, str]]


def read(setting: Setting) -> Wire:
    moves: dict[str, list[tuple[datetime, str, str, str]]] = defaultdict(list)
    signs = []
    for due in timeline(setting).messages:
        if due.sort is not Sort.PLAIN:
            continue
        message = Message.parse(due.body)
        visit, trigger = at(message, "PV1-19.1"), at(message, "MSH-9.2")
        if trigger == "R01":
            if at(message, "OBR-4.1") == "VS":
                signs.append((visit, when(message, "OBX-14", setting), at(message, "PV1-3.1")))
        elif trigger in MOVES:
            told = when(message, "EVN-2" if trigger in {"A11", "A13"} else "EVN-6", setting)
            moves[visit].append((told, trigger, at(message, "PV1-3.1"), at(message, "PV1-3.3")))
    return Wire({visit: spans(sorted(found)) for visit, found in moves.items()}, signs)


def at(message: Message, address: str) -> str:
    return message.text(Address.parse(address))


def when(message: Message, address: str, setting: Setting) -> datetime:
    return read_timestamp(at(message, address), setting.zone).at


def spans(moves: list[tuple[datetime, str, str, str]]) -> list[Interval]:
    found: list[Interval] = []
    for told, trigger, unit, bed in moves:
        if found and found[-1][1] is None:
            found[-1] = (found[-1][0], told, *found[-1][2:])
        if trigger not in {"A03", "A11"}:
            found.append((told, None, unit, bed))
    return found


@pytest.fixture(scope="module", params=[3, 7])
def wire(longer: Setting, request: pytest.FixtureRequest) -> Wire:
    return read(replace(longer, seed=request.param))


def test_no_bed_ever_holds_two_patients(wire: Wire, longer: Setting) -> None:
    by_bed = defaultdict(list)
    for visit, found in wire.stays.items():
        for start, end, unit, bed in found:
            if bed and (end is None or end > longer.start):
                by_bed[unit, bed].append((max(start, longer.start), end, visit))
    assert len(by_bed) > 150
    for held in by_bed.values():
        held.sort()
        for (_, end, one), (start, _, other) in itertools.pairwise(held):
            assert one == other or (end is not None and end <= start)


def test_only_beds_of_the_site_are_used_and_no_patient_is_in_two(wire: Wire, longer: Setting) -> None:
    beds = {(place.id.upper(), bed) for place in longer.places for bed in (*place.beds, "")}
    for found in wire.stays.values():
        assert {(unit, bed) for *_, unit, bed in found} <= beds
        for (_, end, *_), (start, *_) in itertools.pairwise(found):
            assert end is not None
            assert end <= start


def test_signs_are_taken_only_of_patients_who_are_here_and_where_they_are(wire: Wire) -> None:
    # A clerk tells of a cancelled discharge up to three minutes after it, so the wire is that much unsure.
    unsure = timedelta(minutes=3)
    wrong = 0
    for visit, taken, unit in wire.signs:
        here = [
            span
            for span in wire.stays[visit]
            if span[0] - unsure <= taken and (span[1] is None or taken < span[1] + unsure) and span[2] == unit
        ]
        wrong += not here
    assert len(wire.signs) > 2_000
    assert wrong == 0


def test_wards_start_nearly_full_and_never_overflow(wire: Wire, longer: Setting) -> None:
    wards = {place.id.upper() for place in longer.of_kind("ward")}
    beds = sum(len(place.beds) for place in longer.of_kind("ward"))

    def held(instant: datetime) -> int:
        return sum(
            unit in wards and start <= instant and (end is None or instant < end)
            for found in wire.stays.values()
            for start, end, unit, _ in found
        )

    assert 0.84 <= held(longer.start) / beds <= 0.92
    shares = [held(longer.start + timedelta(hours=hour)) / beds for hour in range(0, 96, 3)]
    assert max(shares) <= 1
    assert min(shares) >= 0.6
    assert 0.78 <= sum(shares) / len(shares) <= 0.98
