"""What every workflow's stories must show: they come true, replay to the byte, and pass nothing the gate holds back."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from wardwise.hospital.moment import from_iso
from wardwise.hospital.place import name_of
from wardwise.loop.capture.decision import DECISION_KINDS, decision_bytes
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.kinds import check
from wardwise.loop.derive.history import History
from wardwise.loop.derive.state.advice import advice_states
from wardwise.loop.derive.state.stays import stays
from wardwise.loop.derive.view import View
from wardwise.loop.turn import turn
from wardwise.loop.verify.docket import Docket
from wardwise.rehearse.story.form import read_story
from wardwise.rehearse.story.play import RUNTIME
from wardwise.sites.site import Mode
from wardwise.stores.memory.log import MemoryLog


def own(played: Any) -> list[Event]:
    """What the workflow under test decided; a story may tell of other workflows' predictions."""
    name = played.stage.workflow.name
    return [e for e in played.events if e.kind in DECISION_KINDS and e.payload["workflow"] == name]


def decisions(played: Any) -> list[bytes]:
    return [decision_bytes(event) for event in own(played)]


def test_the_story_comes_true(played: Any) -> None:
    assert played.disagreements == ()


def test_every_turn_taken_again_with_all_that_came_later_gives_the_same_bytes(played: Any) -> None:
    stage = played.stage
    history = History(stage.log, "demo")
    turns: dict[tuple[str, int], list[str]] = {}
    for made in (event for event in own(played) if event.kind == "prediction.made"):
        seen = made.payload["seen"]
        turns.setdefault((seen["at"], seen["position"]), []).append(str(made.payload["entity"]))
    again: list[bytes] = []
    for (at, position), entities in turns.items():
        view = View(stage.folder, Instant(from_iso(at), position), history, stage.shelf)
        asked = list(dict.fromkeys(entities))
        again += map(decision_bytes, turn(stage.workflow, view, stage.guard, entities=asked, runtime=RUNTIME))
    assert again == decisions(played)


def test_a_story_told_twice_ends_in_the_same_bytes(told: tuple[Any, Path], played: Any) -> None:
    subject, file = told
    assert decisions(subject.play(read_story(file))) == decisions(played)


def test_another_site_in_the_same_log_changes_nothing(told: tuple[Any, Path], played: Any, twin: Any) -> None:
    subject, file = told
    log = MemoryLog()
    elsewhere = twin.play(told_of(twin.folder.site.slug, read_story(file)), log)
    assert elsewhere.of("prediction.made")
    assert decisions(subject.play(read_story(file), log)) == decisions(played)


def told_of(slug: str, story: Any) -> Any:
    """The story with the predictions it tells of made for another site's units, so that as much is said there."""

    def there(line: Any) -> Any:
        if isinstance(line, str) or "entity" not in line.payload:
            return line
        entity = f"{slug}/{name_of(str(line.payload['entity']))}"
        return line.model_copy(update={"payload": {**line.payload, "entity": entity}})

    def all_there(step: Any) -> Any:
        return step.model_copy(update={"given": tuple(map(there, step.given))})

    return all_there(story).model_copy(update={"later": tuple(map(all_there, story.later))})


def test_in_shadow_every_delivery_is_withheld(told: tuple[Any, Path]) -> None:
    subject, file = told
    shadow = subject.play(read_story(file).model_copy(update={"mode": Mode.SHADOW}))
    assert {event.payload["status"] for event in shadow.of("delivery.made")} <= {"withheld"}
    assert len(shadow.of("delivery.made")) == len(shadow.of("advice.given"))


def test_switched_off_it_says_nothing(told: tuple[Any, Path]) -> None:
    subject, file = told
    silenced = subject.play(without_answers(read_story(file)).model_copy(update={"mode": Mode.OFF}))
    assert decisions(silenced) == []


def without_answers(story: Any) -> Any:
    """The story without the lines in which people answer: switched off, there is nothing to answer."""
    answer = re.compile(r" (accepts|overrides|defers) ")
    later = tuple(
        step.model_copy(update={"given": tuple(x for x in step.given if not (isinstance(x, str) and answer.search(x)))})
        for step in story.later
    )
    return story.model_copy(update={"later": later})


def test_everything_said_rests_on_events_that_are_there(played: Any) -> None:
    known = {event.id for event in played.events}
    for event in played.events:
        assert set(event.caused_by) <= known
    for given in played.of("advice.given"):
        for reason in given.payload["card"]["reasons"]:
            assert reason["traces"]
            assert set(reason["traces"]) <= known


def test_advice_ends_once_and_only_while_nobody_has_decided_on_it(played: Any) -> None:
    ended = played.of("advice.ended")
    assert len({event.payload["advice"] for event in ended}) == len(ended)
    given = {event.id: event for event in played.of("advice.given")}
    for end in ended:
        advice = given[str(end.payload["advice"])]
        answers = [e.payload["answer"] for e in played.of("response.given") if advice.id in e.caused_by]
        assert end.about == advice.about
        assert advice.position < end.position
        assert not set(answers) & {"accepted", "overridden"}


def test_no_card_outlives_its_patient_or_names_a_bed_that_is_not_theirs(played: Any) -> None:
    history = History(played.stage.log, "demo")
    for said in own(played):
        if said.kind == "prediction.made":
            last = max(e.position for e in played.events if e.occurred_at == said.occurred_at)
            view = View(played.stage.folder, Instant(played.events[last - 1].recorded_at, last), history, None)
            for card in (each for each in advice_states(view) if each.unsettled_at(said.occurred_at)):
                stay = stays(view).get(card.encounter or "")
                if stay is not None:
                    assert (card.unit, card.bed, stay.ended_at) == (stay.unit, stay.bed, None), said.occurred_at


def test_what_ends_advice_is_worded_by_strings_yaml(told: tuple[Any, Path], played: Any) -> None:
    beginnings = [pattern(text) for text in told[0].workflow.strings.values()]
    for end in played.of("advice.ended"):
        assert any(beginning.match(str(end.payload["says"])) for beginning in beginnings), end.payload["says"]


def test_no_card_says_the_same_thing_twice(played: Any) -> None:
    for given in played.of("advice.given"):
        card = given.payload["card"]
        said = [reason["says"] for reason in card["reasons"]] + [each["says"] for each in card["detail"]]
        assert len(set(said)) == len(said), said


def test_advice_is_worded_by_strings_yaml_and_the_card(told: tuple[Any, Path], played: Any) -> None:
    workflow = told[0].workflow
    beginnings = [pattern(text) for text in (*workflow.strings.values(), *workflow.card.when_to_ignore)]
    for given in played.of("advice.given"):
        for text in texts(given.payload["card"]):
            assert any(beginning.match(text) for beginning in beginnings), text


def texts(card: Mapping[str, Any]) -> Iterator[str]:
    yield from (card["summary"], card["uncertainty"], *card["when_to_ignore"])
    yield from (reason["says"] for reason in card["reasons"])
    yield from (each["label"] for each in card["suggestions"])


def pattern(text: str) -> re.Pattern[str]:
    """A sentence as a pattern: anything may stand in place of its {placeholders}, but words must remain."""
    parts = re.split(r"\{[^}]*\}", text)
    never = "(?!)"
    return re.compile(".*?".join(map(re.escape, parts)) if re.search(r"[A-Za-z]{3}", "".join(parts)) else never)


def test_advice_has_an_owner_a_time_and_a_limit(played: Any) -> None:
    for given in played.of("advice.given"):
        card = given.payload["card"]
        assert card["owner"]
        assert given.occurred_at.isoformat()[:16] <= card["act_by"][:16]
        assert card["when_to_ignore"]
        assert card["tier"]["tier"] != "none"
        assert len(card["summary"]) < 140


def test_its_measures_can_be_taken_of_everything_it_said(told: tuple[Any, Path], played: Any) -> None:
    subject, _ = told
    docket = Docket([subject.workflow])
    docket.add(played.events)
    head = played.stage.log.head("demo")
    end = head.recorded_at + max(kpi.longest for kpi in subject.workflow.stages.kpis) + timedelta(hours=1)
    view = View(subject.folder, Instant(end, head.position), History(played.stage.log, "demo"), played.stage.shelf)
    for outcome in docket.measure(view):
        check(outcome)
        assert json.dumps(dict(outcome.payload))
