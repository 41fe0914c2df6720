"""The classic traps of ADT feeds, counted by hand.

Each line of a timeline is one message: when it happened, what, which visit, and where, or of which minute a cancel
speaks. Lines are delivered as they stand and then in every other order. `=` is the count by hand.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice, permutations

import pytest
from tests.loop.histories.test_any_delivery_of_messages import KEY, message

from wardwise.feeds.readers import readers
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft, Status
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.loop.derive.state.beds import bed_board
from wardwise.loop.derive.state.digest import state_digests
from wardwise.loop.derive.state.identity import people
from wardwise.loop.derive.state.stays import census, stays
from wardwise.loop.derive.view import View
from wardwise.sites.load import SiteFolder
from wardwise.stores.memory.log import MemoryLog

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
Look = Callable[..., View]

TIMELINES = {
    "an update before the admission it belongs to": """
        09:00 updated     ada
        08:00 admitted    ada 4a/1
        = 4a/1: ada""",
    "a discharge before the transfer that came before it": """
        08:00 admitted    ada 4a/1
        12:00 discharged  ada
        10:00 transferred ada icu/2
        =""",
    "a discharge, then a late transfer: nobody rises": """
        08:00 admitted    ada 4a/1
        12:00 discharged  ada
        12:05 transferred ada icu/2
        =""",
    "a cancelled transfer, the time named": """
        08:00 admitted    ada 4a/1
        09:00 transferred ada icu/2
        10:00 transferred ada 4b/1
        11:00 cancelled   ada transferred 10:00
        = icu/2: ada""",
    "a cancelled transfer, no time, only one it can mean": """
        08:00 admitted    ada 4a/1
        09:00 transferred ada icu/2
        11:00 cancelled   ada transferred
        = 4a/1: ada""",
    "a cancelled transfer, no time, two it could mean: none is undone": """
        08:00 admitted    ada 4a/1
        09:00 transferred ada icu/2
        10:00 transferred ada 4b/1
        11:00 cancelled   ada transferred
        = 4b/1: ada""",
    "a cancelled transfer that nobody was told of": """
        08:00 admitted    ada 4a/1
        11:00 cancelled   ada transferred 10:00
        = 4a/1: ada""",
    "a cancelled discharge, the time named": """
        08:00 admitted    ada 4a/1
        12:00 discharged  ada
        13:00 cancelled   ada discharged 12:00
        = 4a/1: ada""",
    "a cancelled discharge, no time, then the true one": """
        08:00 admitted    ada 4a/1
        12:00 discharged  ada
        13:00 cancelled   ada discharged
        15:00 discharged  ada
        =""",
    "a cancelled admission leaves the patient in the emergency department": """
        08:00 arrived     ada ed/1
        09:00 admitted    ada 4a/1
        10:00 cancelled   ada admitted 09:00
        = ed/1: ada""",
    "a cancelled arrival, no time": """
        08:00 arrived     ada ed/1
        08:10 cancelled   ada arrived
        =""",
    "a cancelled admission, with the transfer after it still told": """
        08:00 admitted    ada 4a/1
        09:00 transferred ada icu/2
        10:00 cancelled   ada admitted 08:00
        =""",
    "an emergency visit that never gets an admission": """
        08:00 arrived     ada ed/1
        = ed/1: ada""",
    "a pre-admission is in no bed": """
        08:00 registered  ada
        =""",
    "two patients in one bed are both shown": """
        08:00 admitted    ada 4a/1
        09:00 admitted    eve 4a/1 patient=p-eve
        = 4a/1: ada eve""",
    "a patient on leave frees the bed and comes back to it": """
        08:00 admitted    ada 4a/1
        09:00 left        ada
        10:00 admitted    eve 4a/1
        11:00 discharged  eve
        12:00 returned    ada
        = 4a/1: ada""",
    "a cancelled leave was none": """
        08:00 admitted    ada 4a/1
        09:00 left        ada
        09:05 cancelled   ada left 09:00
        = 4a/1: ada""",
    "admitted and discharged within one minute: gone": """
        08:00 discharged  ada
        08:00 admitted    ada 4a/1
        =""",
    "two transfers of one minute end the same way round, whichever is told first": """
        08:00 admitted    ada 4a/1
        09:00 transferred ada icu/2
        09:00 transferred ada icu/1
        = icu/?: ada""",
    "a visit that is deleted, and its number used again for the right one": """
        08:00 admitted    ada 4a/1
        09:00 transferred ada icu/2
        10:00 deleted     ada
        11:00 admitted    ada 4b/2
        = 4b/2: ada""",
    "a visit that is renumbered while the patient lies in bed": """
        08:00 admitted    ada 4a/1
        09:00 renumbered  ada eve
        10:00 transferred eve icu/1
        = icu/1: eve""",
    "a visit that is renumbered and back again": """
        08:00 admitted    ada 4a/1
        09:00 renumbered  ada eve
        10:00 renumbered  eve ada
        = 4a/1: ada""",
    "the old number of a visit comes back for somebody else": """
        08:00 admitted    ada 4a/1
        09:00 renumbered  ada eve
        10:00 admitted    ada 4b/2 patient=zoe
        11:00 transferred eve icu/1
        = icu/1: eve, 4b/2: ada""",
    "a discharge told under the old number of a visit": """
        08:00 admitted    ada 4a/1
        09:00 renumbered  ada eve
        10:00 discharged  ada
        =""",
    "a number that comes back for somebody else after the discharge": """
        08:00 admitted    ada 4a/1
        09:00 discharged  ada
        10:00 admitted    ada 4b/1 patient=zoe
        = 4b/1: ada""",
}

LINE = re.compile(r"(\d\d):(\d\d) (\w+) +(\w+) ?(.*)")


def at(clock: str) -> datetime:
    hours, minutes = clock.split(":")
    return MIDNIGHT + timedelta(hours=int(hours), minutes=int(minutes))


def told(number: int, line: str) -> Draft:
    match = LINE.fullmatch(line.strip())
    assert match, line
    when, word, visit = at(f"{match[1]}:{match[2]}"), match[3], match[4]
    words = match[5].split()
    patient = next((each.split("=")[1] for each in words if each.startswith("patient=")), "p-ada")
    about: dict[str, str] = {"encounter": visit, "patient": patient}
    payload: dict[str, str] = {}
    kind = f"stay.{word}"
    if word in ("arrived", "admitted", "transferred"):
        unit, bed = words[0].split("/")
        about |= {"unit": f"demo/{unit}", "bed": f"demo/{unit}/{bed}"}
    if word in ("arrived", "registered", "admitted"):
        payload["class"] = "emergency" if word == "arrived" else "inpatient"
    if word == "cancelled":
        payload["target"] = f"stay.{words[0]}"
        payload |= {"target_occurred_at": iso(at(words[1]))} if len(words) > 1 else {}
    if word == "deleted":
        kind, payload = "stay.cancelled", {"target": "stay"}
    if word == "renumbered":
        kind, payload = "stay.moved", {"from_encounter": visit}
        about = {"encounter": words[0], "patient": patient}
    return Draft(id=f"s{number}", kind=kind, occurred_at=when, source="adt", about=About(**about), payload=payload)


@pytest.mark.parametrize("title", TIMELINES)
def test_a_trap_ends_as_counted_by_hand_in_any_order_of_delivery(title: str, seen: Look) -> None:
    *lines, count = [line.strip() for line in TIMELINES[title].strip().splitlines()]
    drafts = [told(number, line) for number, line in enumerate(lines)]
    parts = [part.split(":") for part in count[1:].split(",") if part.strip()]
    expected = {f"demo/{bed.strip()}": set(who.split()) for bed, who in parts}
    digests = set()
    for order in islice(permutations(drafts), 120):
        view = seen(list(order), at=MIDNIGHT + timedelta(days=2))
        lying = {bed: set(each.patients) for bed, each in bed_board(view).items() if each.patients}
        if "?" not in count:
            assert lying == expected
        assert sum(census(view).values()) == sum(len(who) for who in expected.values())
        digests.add(state_digests(view)["state"])
    assert len(digests) == 1


def merge(number: int, clock: str, survivor: str, merged: str, *, status: Status = Status.FINAL, **more: str) -> Draft:
    return Draft(
        id=f"m{number}",
        kind="stay.merged",
        occurred_at=at(clock),
        source="adt",
        about=About(patient=survivor),
        status=status,
        payload={"merged_patient": merged} | more,
    )


def admitted(number: int, clock: str, visit: str, patient: str, born: str) -> Draft:
    about = About(encounter=visit, patient=patient, unit="demo/4a", bed=f"demo/4a/{number}")
    told = {"class": "inpatient", "born": born}
    when = at(clock)
    return Draft(id=f"a{number}", kind="stay.admitted", occurred_at=when, source="adt", about=about, payload=told)


def test_a_patient_merged_while_in_bed_keeps_the_bed_and_is_one_person(seen: Look) -> None:
    view = seen([admitted(1, "08:00", "v1", "old", "1950-01-01"), merge(1, "09:00", "new", "old")])
    assert census(view) == {"demo/4a": 1}
    assert people(view).of_visit(str(stays(view)["v1"].patient), "v1") == "new"


def test_a_merged_number_given_to_somebody_else_is_another_person(seen: Look) -> None:
    first, second = admitted(1, "08:00", "v1", "m", "1950-01-01"), admitted(2, "12:00", "v2", "m", "1990-09-09")
    for order in permutations([first, merge(1, "09:00", "s", "m"), second]):
        view = seen(list(order), at=MIDNIGHT + timedelta(days=2))
        known = people(view)
        assert (known.of_visit("m", "v1"), known.of_visit("m", "v2"), known.surviving("m")) == ("s", "m", "m")
        assert known.same_person("s") == {"s"}
        assert [visit.encounter for visit in known.given_anew] == ["v2"]


def test_a_lagging_system_that_goes_on_with_a_merged_number_speaks_of_the_same_person(seen: Look) -> None:
    first, second = admitted(1, "08:00", "v1", "m", "1950-01-01"), admitted(2, "12:00", "v2", "m", "1950-01-01")
    known = people(seen([first, merge(1, "09:00", "s", "m"), second], at=MIDNIGHT + timedelta(days=2)))
    assert known.of_visit("m", "v2") == "s"
    assert [visit.encounter for visit in known.lingering] == ["v2"]


def test_a_linked_number_stays_in_use_and_is_parted_either_way_round(seen: Look) -> None:
    linked = merge(1, "09:00", "s", "m", manner="link")
    apart = merge(2, "10:00", "m", "s", status=Status.CANCELLED, manner="link")
    assert people(seen([linked])).same_person("m") == {"s", "m"}
    assert people(seen([linked, apart])).same_person("m") == {"m"}


def test_a_merge_with_a_number_that_was_merged_itself_joins_all_three(seen: Look) -> None:
    known = people(seen([merge(1, "08:00", "b", "c"), merge(2, "09:00", "a", "b"), merge(3, "10:00", "b", "d")]))
    assert known.same_person("d") == {"a", "b", "c", "d"}
    assert known.surviving("d") == "a"


FOLD = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def fold_hour(number: int, trigger: str, happened: str, place: str) -> Raw:
    told = Draft(
        id="x",
        kind="stay.admitted" if trigger == "A01" else "stay.transferred",
        occurred_at=FOLD,
        source="adt",
        about=About(unit=f"demo/{place}", bed=f"demo/{place}/1", encounter="v", patient="p"),
        payload={"class": "inpatient"},
    )
    event, evn = message(number, told).split(b"EVN")
    first, rest = evn.split(b"\r", 1)
    fields = first.split(b"|")
    body = event + b"EVN" + b"|".join([*fields[:-1], happened.encode()]) + b"\r" + rest
    arrival = Arrival(site="demo", source="adt", listener="mllp", control_id=f"c{number}", body=body, received_at=FOLD)
    return Raw(id=f"w{number}", sequence=number, arrival=arrival, receipt=Receipt.STORED)


@pytest.mark.parametrize("way", [1, -1])
def test_a_transfer_in_the_hour_that_comes_twice(folder: SiteFolder, seen: Look, way: int) -> None:
    """At 01:30 summer time to 4A, forty minutes later, at 01:10 winter time, to the ICU."""
    reader = readers(folder, token_key=KEY, log=MemoryLog())["adt"]
    raws = [
        fold_hour(1, "A01", "20261101003000-0500", "ed"),
        fold_hour(2, "A02", "20261101013000-0500", "4a"),
        fold_hour(3, "A02", "20261101011000-0600", "icu"),
    ]
    drafts = [draft for raw in raws[::way] for draft in reader.read(raw, FOLD).drafts]
    assert census(seen(drafts, at=FOLD + timedelta(days=1))) == {"demo/icu": 1}


def test_a_time_of_that_hour_without_an_offset_counts_as_the_first_and_says_so(folder: SiteFolder) -> None:
    reader = readers(folder, token_key=KEY, log=MemoryLog())["adt"]
    raw = fold_hour(2, "A02", "20261101013000", "4a")
    plain = raw.arrival.body.replace(b"-0600||ADT", b"||ADT").replace(b"20261101060000-0600||||", b"20261101060000||||")
    arrival = Arrival(site="demo", source="adt", listener="mllp", control_id="c9", body=plain, received_at=FOLD)
    [draft] = reader.read(Raw(id="w9", sequence=9, arrival=arrival, receipt=Receipt.STORED), FOLD).drafts
    assert draft.occurred_at == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert "ambiguous-local-time" in draft.flags
