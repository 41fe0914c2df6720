"""Who comes: the patients already in bed at the start, those through the door, and those by appointment."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from wardwise.demo.arrivals import arrivals
from wardwise.demo.chance import pick, poisson, skewed, stream
from wardwise.demo.course import Course, body
from wardwise.demo.person import person
from wardwise.demo.setting import Setting
from wardwise.demo.stay import Plan

WARM_UP = timedelta(hours=10)  # the emergency department is run this long before the start, so that it is not empty
WAITING = timedelta(hours=14)
INPATIENTS, DOOR, BOOKED = 100_000, 200_000, 800_000  # patient numbers begin here
FULL = {"ward": 0.865, "icu": 0.67}
ACUITY = (("2", 0.20), ("3", 0.47), ("4", 0.26), ("5", 0.07))
ADMITTED_OF = {2: 0.55, 3: 0.21, 4: 0.04, 5: 0.01}  # 22% of all
TO_ICU = 0.10
CHILDREN = 0.17  # share of those who go home again from the emergency department; the house has no ward for them
STAND_IN = 0.008  # share first registered under a number that is merged later
LOS_MEDIAN, LOS_SIGMA = 2.9, 0.75  # days
ELECTIVE_A_DAY = 4.0
WORSENS = 0.06  # share of inpatients who deteriorate on the way
STORY = 2  # patients already in bed who begin to deteriorate within the first hours
COMPLAINTS = (
    ("CP", "chest pain"), ("SOB", "short of breath"), ("ABD", "abdominal pain"), ("FALL", "fell at home"),
    ("FEV", "fever"), ("CONF", "newly confused"), ("LAC", "cut hand & wrist"), ("BACK", "back pain"),
)  # fmt: skip


def plans(setting: Setting) -> list[Plan]:
    """Every plan, those in bed at the start first, then by when they come."""
    newcomers = sorted([*_door(setting), *_booked(setting)], key=lambda plan: (plan.comes, plan.number))
    return [*_in_bed(setting), *newcomers]


def discharge_time(setting: Setting, rng: Random, not_before: datetime) -> datetime:
    """Late morning to early evening of the local day, or of the next when it is past; fewer at weekends."""
    day = setting.local(not_before).replace(hour=0, minute=0, second=0, microsecond=0)
    while True:
        at = day + timedelta(seconds=int(rng.triangular(9.5, 18.5, 13.5) * 3600))
        if at.astimezone(UTC) >= not_before and (at.weekday() < 5 or rng.random() < 0.7):
            return at.astimezone(UTC)
        day += timedelta(days=1)


def _in_bed(setting: Setting) -> Iterator[Plan]:
    number = INPATIENTS
    for place in setting.places:
        count = round(FULL.get(place.kind, 0) * len(place.beds))
        for _ in range(count):
            number += 1
            yield _inpatient(setting, number, place.kind)


def _inpatient(setting: Setting, number: int, kind: str) -> Plan:
    rng = stream(setting.seed, "stay", number)
    # Those found in bed are the long stays: the length-biased log-normal has its median moved by exp(sigma^2).
    stay = skewed(rng, LOS_MEDIAN * 1.5, sigma=LOS_SIGMA, least=0.8, most=45)
    comes = setting.start - timedelta(days=stay * rng.uniform(0.04, 0.97))
    if kind == "icu":
        comes = setting.start - _hours(rng, 1, 48)
    plan = _plan(setting, rng, number=number, comes=comes, acuity=2, first=kind)
    if number <= INPATIENTS + STORY and kind == "ward":
        onset = setting.start + timedelta(hours=rng.uniform(-4, 3))
        course = Course(((onset, 0.1),)).with_episode(onset, _hours(rng, 7, 10), peak=0.95, fall=_hours(rng, 18, 26))
        return replace(plan, course=course, leaves=max(plan.leaves, _home_after(setting, rng, course)))
    # Some were ready to go last evening and wait for the morning, as everybody waits for the discharging hours.
    back = max(comes + timedelta(days=stay) - WAITING, setting.start + timedelta(hours=1))
    return replace(plan, leaves=max(discharge_time(setting, rng, back), _home_after(setting, rng, plan.course)))


def _door(setting: Setting) -> Iterator[Plan]:
    number = DOOR
    for hour, count in arrivals(setting, setting.start - WARM_UP, setting.end):
        for _ in range(count):
            number += 1
            rng = stream(setting.seed, "stay", number)
            acuity = int(pick(rng, ACUITY))
            comes = hour + timedelta(seconds=rng.randrange(3600))
            first = ""
            if rng.random() < ADMITTED_OF[acuity]:
                first = "icu" if rng.random() < TO_ICU else "ward"
            yield _plan(setting, rng, number=number, comes=comes, acuity=acuity, first=first)


def _booked(setting: Setting) -> Iterator[Plan]:
    for offset in range(setting.days + 1):
        day = setting.local(setting.start).replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(days=offset)
        rng = stream(setting.seed, "booked", day.date())
        for n in range(poisson(rng, ELECTIVE_A_DAY) if day.weekday() < 5 else 0):
            comes = (day + timedelta(seconds=rng.randrange(3 * 3600))).astimezone(UTC)
            number = BOOKED + offset * 100 + n
            if setting.start < comes < setting.end:
                own = stream(setting.seed, "stay", number)
                plan = _plan(setting, own, number=number, comes=comes, acuity=4, first="ward")
                yield replace(plan, elective=True, slips=own.random() < 0.10)


def _plan(setting: Setting, rng: Random, *, number: int, comes: datetime, acuity: int, first: str) -> Plan:
    today = setting.local(comes).date()
    by_door = DOOR < number < BOOKED
    child = by_door and not first and stream(setting.seed, "child", number).random() < CHILDREN
    who = person(rng, number, today=today, unknown=by_door and rng.random() < STAND_IN, child=child)
    days = skewed(rng, LOS_MEDIAN, sigma=LOS_SIGMA, least=0.5, most=30)
    course = _course(rng, comes, acuity=acuity, first=first, days=days)
    over = comes + timedelta(days=days) if first else course.recovered
    return Plan(
        number=number,
        person=who,
        comes=comes,
        acuity=acuity,
        complaint=rng.choice(COMPLAINTS),
        first=first,
        elective=False,
        treatment=timedelta(minutes=int(skewed(rng, 150 if first else 115, sigma=0.5, least=20, most=540))),
        leaves=max(discharge_time(setting, rng, over), _home_after(setting, rng, course) if first else over),
        body=body(rng, chronic=who.chronic, years=who.years(today)),
        course=course,
        slips=rng.random() < 0.02,
    )


def _course(rng: Random, comes: datetime, *, acuity: int, first: str, days: float) -> Course:
    ill = {2: 0.31, 3: 0.16, 4: 0.05, 5: 0.0}[acuity] + (0.08 if first else 0.0) + (0.25 if first == "icu" else 0.0)
    begins = min(max(rng.gauss(ill, 0.13), 0.0), 1.0)
    eased = comes + timedelta(hours=rng.uniform(14, 40))
    course = Course(((comes, begins), (eased, min(begins, max(rng.gauss(0.06, 0.07), 0.0)))))
    if not first or rng.random() > WORSENS:
        return course
    onset = max(eased, comes + timedelta(days=days * rng.uniform(0.1, 0.8))) + timedelta(hours=1)
    peak = rng.uniform(0.35, 0.92)
    return course.with_episode(onset, _hours(rng, 7, 15), peak=peak, fall=_hours(rng, 14, 30))


def _home_after(setting: Setting, rng: Random, course: Course) -> datetime:
    return discharge_time(setting, rng, course.recovered + timedelta(hours=12))


def _hours(rng: Random, least: float, most: float) -> timedelta:
    return timedelta(hours=rng.uniform(least, most))
