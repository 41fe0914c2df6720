"""What a worker records of processes that were away: each absence and each return once, whoever records it."""

from datetime import timedelta

from tests.run.test_worker import NOON, configuration, events, stores

from wardwise.assemble.stores import Stores
from wardwise.loop.capture.absence import Absence, Why
from wardwise.loop.capture.room import AMPLE
from wardwise.rehearse.replay.decisions import Configuration
from wardwise.run.resume import resume

SECOND = timedelta(seconds=1)
AWAY = Absence("mllp", Why.ENDED, NOON)
BACK = Absence("mllp", Why.ENDED, NOON, NOON + SECOND)

__all__ = ["configuration", "stores"]  # fixtures


def states(stores: Stores) -> list[tuple[object, object]]:
    return [(event.payload["process"], event.payload["state"]) for event in events(stores, "process.away")]


def incidents(stores: Stores) -> list[object]:
    return [event.payload["where"] for event in events(stores, "incident.opened")]


def test_an_absence_is_told_once_while_it_lasts_and_once_when_it_ends(
    stores: Stores, configuration: Configuration
) -> None:
    worker = resume(stores, configuration, NOON)
    for second in range(3):
        worker.note_service([AWAY], AMPLE, NOON + second * SECOND)
    assert states(stores) == [("mllp", "away")]
    for second in range(3, 6):
        worker.note_service([BACK], AMPLE, NOON + second * SECOND)
    assert states(stores) == [("mllp", "away"), ("mllp", "back")]
    assert [event.occurred_at for event in events(stores, "process.away")] == [NOON, NOON + SECOND]
    assert incidents(stores) == ["process mllp"]


def test_an_absence_that_was_over_before_anybody_looked_is_told_with_its_end(
    stores: Stores, configuration: Configuration
) -> None:
    resume(stores, configuration, NOON).note_service([BACK], AMPLE, NOON + 2 * SECOND)
    assert states(stores) == [("mllp", "away"), ("mllp", "back")]


def test_a_worker_started_anew_tells_nothing_twice(stores: Stores, configuration: Configuration) -> None:
    resume(stores, configuration, NOON).note_service([AWAY], AMPLE, NOON)
    resume(stores, configuration, NOON + SECOND).note_service([BACK], AMPLE, NOON + 2 * SECOND)
    resume(stores, configuration, NOON + SECOND).note_service([BACK], AMPLE, NOON + 3 * SECOND)
    assert states(stores) == [("mllp", "away"), ("mllp", "back")]


def test_an_absence_that_outlived_its_service_ends_with_the_next_one(
    stores: Stores, configuration: Configuration
) -> None:
    resume(stores, configuration, NOON).note_service([AWAY], AMPLE, NOON)
    resume(stores, configuration, NOON + SECOND).note_service([], AMPLE, NOON + 2 * SECOND)
    assert states(stores) == [("mllp", "away"), ("mllp", "back")]


def test_a_relapse_opens_no_second_incident_and_a_clock_set_back_hides_none(
    stores: Stores, configuration: Configuration
) -> None:
    worker = resume(stores, configuration, NOON)
    worker.note_service([BACK], AMPLE, NOON + 2 * SECOND)
    earlier = NOON - timedelta(hours=1)
    worker.note_service([Absence("mllp", Why.SILENT, earlier)], AMPLE, NOON + 3 * SECOND)
    assert states(stores) == [("mllp", "away"), ("mllp", "back"), ("mllp", "away")]
    assert incidents(stores) == ["process mllp"]
