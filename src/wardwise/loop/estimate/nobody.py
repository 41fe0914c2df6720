"""The rung every ladder ends in: nobody can say, and that is said aloud."""

from collections.abc import Callable, Sequence

from wardwise.loop.capture.event import About
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.question import Question
from wardwise.loop.declare.rung import Rung, Tier
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.prediction import Prediction

Place = Callable[[View, str], About]


def of_unit(_view: View, entity: str) -> About:
    """What is asked about is a unit."""
    return About(unit=entity)


def nobody(files: Files, target: str, about: Place = of_unit) -> Rung:
    """It needs no feed and no model, and has no number for anybody; people read `tier_none` of strings.yaml."""

    def nothing(question: Question) -> Sequence[Prediction]:
        view = question.view
        return [unsaid(target, entity, about(view, entity)) for entity in question.features["entity"]]

    return Rung(Tier.NONE, "nobody", files.strings["tier_none"], nothing)


def unsaid(target: str, entity: str, about: About) -> Prediction:
    """A prediction that says nothing of an entity: no number is not a low number."""
    return Prediction(entity=entity, target=target, output={}, about=about)
