"""What every workflow owes, whoever wrote it: a complete declaration. Found by itself; there is no list of names."""

import ast
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from wardwise.hospital.role import Role
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.kinds import CATALOGUE
from wardwise.loop.declare.question import Question
from wardwise.loop.declare.rung import ORDER, Tier
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View
from wardwise.loop.turn import turn
from wardwise.rehearse.story.form import A_MONDAY, read_story
from wardwise.rehearse.story.when import Calendar

GOVERNANCE = "g"  # the letter of the kinds that wardwise itself writes; no feed owes them
LONGEST_WITHOUT_A_STRING_ID = 3  # spaces in a literal: more reads like a sentence


def test_its_tasks_are_those_its_rehearsal_judges(subject: Any) -> None:
    rehearsal = subject.found.folder / "rehearsal.py"
    judged = import_module(f"{subject.found.package}.rehearsal").TASKS if rehearsal.is_file() else {}
    assert set(subject.workflow.tasks) == set(judged)
    assert all(callable(judge) for judge in judged.values())


def test_its_card_is_complete(subject: Any) -> None:
    card = subject.workflow.card
    for name in ("title", "intended_use", "population", "accountable"):
        assert getattr(card, name).strip(), name
    for name in ("users", "contraindications", "non_goals", "when_to_ignore", "may_override", "informed"):
        assert getattr(card, name), name
    assert all((card.owners.clinical, card.owners.operational, card.owners.engineering))
    assert {Role(role) for role in card.may_override}


def test_it_says_why_it_wakes_and_what_it_promises(subject: Any) -> None:
    workflow = subject.workflow
    assert workflow.triggers or workflow.cadence, "nothing ever wakes it"
    assert all(trigger.why and trigger.kinds <= CATALOGUE.keys() for trigger in workflow.triggers)
    assert workflow.cadence is None or (workflow.cadence.why and workflow.cadence.every > timedelta(0))
    assert workflow.promises
    assert all(promise.says and promise.within > timedelta(0) for promise in workflow.promises)


def test_its_ladder_descends_to_saying_that_there_is_nothing(subject: Any) -> None:
    ladder = subject.workflow.stages.ladder
    steps = [ORDER.index(rung.tier) for rung in ladder]
    assert steps == sorted(set(steps)), "two rungs of one tier, or a better one below a worse"
    assert all(rung.says.strip() and rung.maker.strip() for rung in ladder)
    last = ladder[-1]
    assert (last.tier, last.feeds, last.model) == (Tier.NONE, (), False)


def test_its_rungs_name_feeds_of_the_site_and_the_model_it_has(subject: Any) -> None:
    feeds = {feed.name for feed in subject.folder.site.feeds}
    for rung in subject.workflow.stages.ladder:
        assert set(rung.feeds) <= feeds
        assert not rung.model or subject.workflow.model is not None


def test_its_needs_are_real_and_cover_what_its_features_read(subject: Any) -> None:
    needed = {need.kind.partition("/")[0] for need in subject.workflow.needs}
    assert needed <= CATALOGUE.keys()
    assert all(need.why.strip() and need.lookback > timedelta(0) for need in subject.workflow.needs)
    read = {kind for feature in subject.workflow.stages.features.features for kind in feature.kinds}
    ours = {name for name, kind in CATALOGUE.items() if kind.letter == GOVERNANCE}
    assert read - ours <= needed


def test_its_features_say_what_they_are(subject: Any) -> None:
    features = subject.workflow.stages.features
    names = [feature.name for feature in features.features]
    assert names
    assert len(names) == len(set(names))
    assert all(feature.says.strip() and feature.kinds for feature in features.features)


def test_its_numbers_have_a_source_an_owner_and_a_value_today(subject: Any) -> None:
    policies = subject.workflow.policies
    for each in policies.filed:
        assert each.policy.source.strip()
        assert each.policy.owner.strip()
        assert each.policy.valid_from
    for name in policies.ids:
        units = [each.policy.unit for each in policies.filed if each.policy.id == name]
        assert policies.value(name, at=A_MONDAY, unit=None if None in units else units[0])


def test_it_counts_what_is_better_and_what_must_not_worsen(subject: Any) -> None:
    kpis = subject.workflow.stages.kpis
    assert any(kpi.counter for kpi in kpis), "no counter-measure"
    assert any(not kpi.counter for kpi in kpis)
    assert len({kpi.name for kpi in kpis}) == len(kpis)
    assert all(kpi.says.strip() and kpi.of in CATALOGUE and kpi.longest >= timedelta(0) for kpi in kpis)


def test_its_sentences_stand_in_strings_yaml(subject: Any) -> None:
    workflow, stages = subject.workflow, subject.workflow.stages
    said = [rung.says for rung in stages.ladder] + [kpi.says for kpi in stages.kpis]
    said += [each.says for each in workflow.promises] + [each.why for each in workflow.triggers]
    said += [workflow.cadence.why] if workflow.cadence else []
    assert not set(said) - set(workflow.strings.values())


def test_no_sentence_is_written_into_its_code(subject: Any) -> None:
    sentences = [(file.name, each) for file in subject.found.folder.rglob("*.py") for each in literals(file)]
    assert sentences == []


def literals(file: Path) -> list[str]:
    """Texts in code that read like sentences; docstrings, the words of errors and a citation are none."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    exempt = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) or (isinstance(node, ast.keyword) and node.arg in {"what", "why", "remedy"}):
            exempt |= {id(inner) for inner in ast.walk(node)}
        if isinstance(node, ast.Assign) and [target.id for target in node.targets if isinstance(target, ast.Name)] == [
            "CITATION"
        ]:
            exempt.add(id(node.value))
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in exempt
        if node.value.count(" ") > LONGEST_WITHOUT_A_STRING_ID and (node.value[0].isupper() or node.value[0] == "{")
    ]


def test_an_empty_hospital_does_not_break_it(subject: Any) -> None:
    stage = subject.stage()
    at = Calendar(A_MONDAY, subject.folder.site.zone).at("08:00")
    view = View(subject.folder, Instant(at, 0), History(stage.log, "demo"), stage.shelf)
    entities = subject.workflow.stages.spine(view, ())
    said = turn(subject.workflow, view, stage.guard, entities=entities, runtime="test")
    assert all(draft.kind != "advice.given" or draft.payload["card"] for draft in said)


def test_its_stories_tell_of_advice_and_of_silence(subject: Any) -> None:
    steps = [step for file in subject.stories for step in read_story(file).steps]
    advised = {expected.advice for step in steps for expected in step.then} - {None}
    assert "none" in advised, "no story of silence"
    assert advised - {"none"}, "no story of advice"
    ended = {expected.ended for step in steps for expected in step.then} - {None, "none"}
    assert ended, "no story of advice that ends because it holds no longer"


def test_it_is_found_under_the_name_it_declares(subject: Any) -> None:
    assert subject.workflow.name == subject.found.name
    assert subject.workflow.version >= 1


def test_its_last_rung_gives_no_numbers(subject: Any) -> None:
    stage = subject.stage()
    at = Calendar(A_MONDAY, subject.folder.site.zone).at("08:00")
    view = View(subject.folder, Instant(at, 0), History(stage.log, "demo"), stage.shelf)
    entities = list(subject.workflow.stages.spine(view, ()))
    features = subject.workflow.stages.features.compute(view, view.spine(entities))
    question = Question(view, subject.workflow.name, features)
    assert all(not made.output for made in subject.workflow.stages.ladder[-1].estimate(question))
