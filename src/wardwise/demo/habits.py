"""Habits of real feeds: late, out of order, sent twice, broken on the way, from somebody nobody knows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from random import Random

from wardwise.demo.chance import poisson, stream
from wardwise.demo.hl7_text import Letter, parts, plain, segment, written
from wardwise.demo.person import CANARY
from wardwise.demo.setting import Setting

LATE = 0.02  # charted on paper first: half an hour to two hours
HELD = 0.015  # stuck in an interface for some minutes, so that later ones overtake it
RESENT = 0.005  # the sender's time-out was shorter than the answer's way
STRANGER = ("ZZGHOST", "ZZNOWHERE")


class Sort(Enum):
    """What a message is, for whoever counts what became of it."""

    PLAIN = "plain"
    RESENT = "resent"
    MALFORMED = "malformed"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Due:
    """Bytes that fall due at an instant on a feed; `control` is MSH-10, empty when they have none."""

    at: datetime
    feed: str
    control: str
    body: bytes
    sort: Sort = Sort.PLAIN


def posted(setting: Setting, letters: Iterable[Letter]) -> list[Due]:
    """Letters numbered in the order they were written, with every habit applied, in the order they fall due."""
    ordered = sorted(
        letters, key=lambda letter: (letter.at, letter.happened, letter.feed, letter.about, letter.segments)
    )
    dues = [due for number, letter in enumerate(ordered) for due in _sent(setting, letter, number)]
    return sorted([*dues, *_odd(setting)], key=lambda due: (due.at, due.feed, due.control, due.sort.value))


def _sent(setting: Setting, letter: Letter, number: int) -> Iterator[Due]:
    control = f"Z{setting.seed}-{number:07d}"
    rng = stream(setting.seed, "habits", number)
    at = letter.at if letter.at <= setting.start else letter.at + _delay(rng, letter.feed)
    due = Due(at, letter.feed, control, written(setting, letter, control))
    yield due
    if rng.random() < RESENT:
        again = at + timedelta(seconds=rng.randint(40, 900))
        yield Due(again, letter.feed, control, due.body, Sort.RESENT)


def _delay(rng: Random, feed: str) -> timedelta:
    draw = rng.random()
    if feed == "oru" and draw < LATE:
        return timedelta(minutes=rng.randint(30, 120))
    if draw < LATE + HELD:
        return timedelta(seconds=rng.randint(120, 600))
    return timedelta()


def _odd(setting: Setting) -> Iterator[Due]:
    for day in range(setting.days):
        rng = stream(setting.seed, "odd", day)
        begins = setting.start + timedelta(days=day)
        for n in range(1 + min(poisson(rng, 0.5), 1)):
            at = begins + timedelta(seconds=rng.randrange(3600, 86_400))
            yield Due(at, "adt", "", _broken(rng, f"ZZBROKEN{day}-{n}"), Sort.MALFORMED)
        at = begins + timedelta(seconds=rng.randrange(3600, 86_400))
        control = f"ZG{setting.seed}-{day}"
        yield Due(at, "oru", control, _unknown(setting, at, control), Sort.STRANGER)


def _broken(rng: Random, name: str) -> bytes:
    return rng.choice(
        (
            f"{name};{CANARY};a line of a spreadsheet;\r".encode(),
            f"PID|1||{name}||{CANARY}Headless\r".encode(),
            f"MSH||||EHR|{name}\rPID|1||{CANARY}\r".encode(),
        )
    )


def _unknown(setting: Setting, at: datetime, control: str) -> bytes:
    who = segment("PID", {1: "1", 3: parts("ZZ0000000", "", "", STRANGER[1], "MR"), 5: f"{CANARY}Ghost"})
    note = segment("NTE", {1: "1", 3: plain(f"{CANARY} sent by mistake")})
    return written(setting, Letter(at, at, "oru", ("ORU", "R01"), "", (who, note)), control, sender=STRANGER)
