"""Invented people. Every name and number begins with ZZ, so that a leak can be searched for."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

CANARY = "ZZPHI"
FAMILIES = (
    "Aardvark", "Brückner", "Celery", "D'Umbrella", "Eiderdown", "Flügelhorn", "Gooseberry", "Haystack", "Inkwell",
    "Jabberwock", "Kettledrum", "Lampshade", "Marmalade", "Nightjar", "Ocarina", "Pumpernickel", "Quillfeather",
    "Rutabaga", "Smith & Daughters", "Teaspoon", "Ukulele", "Vestibule", "Windmill", "Xylophone", "Yardstick", "Zither",
)  # fmt: skip
GIVEN = ("Amber", "Basil", "Clementine", "Dill", "Elm", "Fern", "Ginger", "Hazel", "Ivy", "Juniper", "Lark", "Olive")
CHRONIC = 0.12  # share with lungs that live on less oxygen


@dataclass(frozen=True, slots=True)
class Person:
    """A patient who never lived. `before` is the number first given at the door, if it had to be merged later."""

    mrn: str
    family: str
    given: str
    born: date
    sex: str
    chronic: bool
    before: str = ""

    def years(self, on: date) -> float:
        """Age in years on a day."""
        return (on - self.born).days / 365.25


def person(rng: Random, number: int, *, today: date, unknown: bool = False, child: bool = False) -> Person:
    """The person of this number; an adult of 18 to 97, or a child under 16. `unknown`: a stand-in number first."""
    share = rng.betavariate(2.6, 1.9)
    age = share * 15.9 if child else share * 79 + 18
    return Person(
        mrn=f"ZZ{number:07d}",
        family=f"{CANARY}{rng.choice(FAMILIES)}",
        given=f"{CANARY}{rng.choice(GIVEN)}",
        born=today - timedelta(days=int(age * 365.25)),
        sex=rng.choice("FFMM"),
        chronic=rng.random() < CHRONIC and not child,
        before=f"ZZT{number:06d}" if unknown else "",
    )
