"""Moves told in HL7 v2 ADT: where patients are, what was entered by mistake, who turned out to be one person."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from wardwise.demo.chance import stream
from wardwise.demo.hl7_text import Letter, parts, plain, segment, wall
from wardwise.demo.person import CANARY
from wardwise.demo.setting import Setting
from wardwise.demo.stay import Act, Move, Spot, Stay

UPDATED = 0.35  # share of stays whose data are touched after admission
SLOWEST = 170  # seconds a clerk takes
SERVICES = {"ed": "EMR", "icu": "ICU"}


def letters(setting: Setting, stay: Stay) -> Iterator[Letter]:
    """Everything ADT tells of a stay; what was before the start is told at the start."""
    rng = stream(setting.seed, "clerk", stay.plan.number)
    for move in sorted([*stay.moves, *_extras(rng, stay)], key=lambda move: move.at):
        told = max(move.at + timedelta(seconds=rng.randint(5, SLOWEST)), setting.start)
        yield _letter(setting, stay, move, told=told)


def mrn_at(stay: Stay, at: datetime) -> str:
    """The number a patient goes by at an instant: the stand-in number until it is merged."""
    merged = _merged_at(stay)
    return stay.plan.person.before if merged is not None and at < merged else stay.plan.person.mrn


def patient(setting: Setting, stay: Stay, at: datetime) -> str:
    """PID as known at an instant."""
    who = stay.plan.person
    return segment(
        "PID",
        {
            1: "1",
            3: parts(mrn_at(stay, at), "", "", setting.sender[1], "MR"),
            5: parts(who.family, who.given),
            7: who.born.strftime("%Y%m%d"),
            8: who.sex,
            11: parts(f"{stay.plan.number % 97 + 1} {CANARY} Lane", "", "Nowhere", "ZZ", "00000"),
        },
    )


def location(spot: Spot, authority: str) -> str:
    """PV1-3: unit, no room, bed; no bed in the waiting room."""
    return parts(spot.unit.upper(), "", spot.bed, authority)


def _merged_at(stay: Stay) -> datetime | None:
    minutes = 60 + stay.plan.number * 37 % 90
    return stay.plan.comes + timedelta(minutes=minutes) if stay.plan.person.before else None


def _extras(rng: Random, stay: Stay) -> Iterator[Move]:
    merged = _merged_at(stay)
    if merged is not None:
        yield Move(merged, Act.MERGED, stay.moves[0].spot)
    admitted = next((move.at for move in stay.moves if move.act is Act.ADMITTED), None)
    if admitted is None or rng.random() > UPDATED:
        return
    touched = admitted + timedelta(minutes=rng.randint(60, 360))
    spot = stay.spot_at(touched)
    if spot is not None:
        yield Move(touched, Act.UPDATED, spot)


def _letter(setting: Setting, stay: Stay, move: Move, *, told: datetime) -> Letter:
    trigger = move.act.value
    event = segment("EVN", {1: trigger, 2: wall(setting, told), 6: wall(setting, move.undoes or move.at)})
    segments = [event, patient(setting, stay, move.at)]
    if move.act is Act.MERGED:
        segments.append(segment("MRG", {1: parts(stay.plan.person.before, "", "", setting.sender[1], "MR")}))
    else:
        segments.append(_visit(setting, stay, move))
    if move.act is Act.ARRIVED:
        segments.append(_complaint(stay))
    return Letter(told, move.at, "adt", ("ADT", trigger), stay.visit, tuple(segments))


def _visit(setting: Setting, stay: Stay, move: Move) -> str:
    authority = setting.sender[1]
    admitted = next((one.at for one in stay.moves if one.act is Act.ADMITTED), None)
    inside = admitted is not None and admitted <= move.at
    fields = {
        1: "1",
        2: "I" if inside else "E",
        3: location(move.spot, authority),
        4: "" if inside else str(stay.plan.acuity),
        6: location(move.was, authority) if move.was else "",
        10: SERVICES.get(move.spot.unit, "MED"),
        19: parts(stay.visit, "", "", authority, "VN"),
        44: wall(setting, stay.moves[0].at),
    }
    if move.act is Act.DISCHARGED:
        fields |= {36: "01", 45: wall(setting, move.at)}
    return segment("PV1", fields)


def _complaint(stay: Stay) -> str:
    code, words = stay.plan.complaint
    # The reason is picked from a list; what follows in PV2-12 is typed by hand.
    return segment("PV2", {3: parts(code, words, "L"), 12: plain(f"{CANARY} says: {words}; came | walked & waited")})
