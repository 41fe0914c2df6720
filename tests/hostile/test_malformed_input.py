"""More than 500 inputs that are real in shape and wrong in one of more than 25 ways: none is dealt with in silence."""

import pytest
from benches.malformed.__main__ import Row, report
from benches.malformed.defects import DEFECTS, Defect
from benches.malformed.goods import adt, merge, results, roster
from benches.malformed.judge import Hospital, inputs

EACH, SEED = 12, 1


@pytest.fixture(scope="module")
def told() -> tuple[dict[str, Row], bool]:
    return report(EACH, SEED)


def test_there_are_enough_of_them(told: tuple[dict[str, Row], bool]) -> None:
    rows, balanced = told
    assert len(rows) >= 25
    assert sum(row.inputs for row in rows.values()) >= 500
    assert balanced


@pytest.mark.parametrize("name", DEFECTS)
def test_every_input_of_a_class_comes_to_light_under_its_reason(name: str, told: tuple[dict[str, Row], bool]) -> None:
    row = told[0][name]
    assert row.inputs == EACH
    assert (row.silent, row.otherwise) == (0, 0), row.reasons


def test_sound_inputs_are_taken_without_a_word() -> None:
    sound = {good.__name__: Defect((good,), lambda text, _: text, "") for good in (adt, merge, results, roster)}
    hospital = Hospital()
    for name, content, file in inputs(EACH, SEED, sound):
        fate = hospital.takes(content, file=file)
        assert fate.facts, name
        assert fate.reasons == (), name
    assert hospital.books().holds


def test_the_same_seed_gives_the_same_inputs() -> None:
    assert inputs(2, 7) == inputs(2, 7) != inputs(2, 8)
