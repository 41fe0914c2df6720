"""The ladder: the count, or saying that there is none."""

from collections.abc import Sequence

from wardwise.loop.capture.event import About
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.question import Question
from wardwise.loop.declare.rung import Rung, Tier
from wardwise.loop.estimate.nobody import nobody
from wardwise.loop.estimate.prediction import Prediction


def ladder(files: Files) -> tuple[Rung, ...]:
    """Two rungs; the last needs nothing."""
    feeds = files.feeds_of("arrivals.counted")
    return (
        Rung(Tier.RULE, "last-count", files.strings["tier_rule"], counted, feeds=feeds),
        nobody(files, "arrivals"),
    )


def counted(question: Question) -> Sequence[Prediction]:
    """The count of each department; empty where none was told."""
    return [
        Prediction(
            entity=row["entity"],
            target="arrivals",
            output={} if row["count"] is None else {"count": row["count"]},
            about=About(unit=row["entity"]),
            based_on=(row["count_event"],) if row["count_event"] else (),
        )
        for row in question.features.iter_rows(named=True)
    ]
