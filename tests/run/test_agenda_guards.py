"""What may move a workflow on its ladder wakes it: a broken contract of a feed it reads, and a new normal."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from wardwise.assemble.workflows import load_workflows
from wardwise.loop.capture.event import Event
from wardwise.loop.derive.view import View
from wardwise.run.agenda import Agenda
from wardwise.sites.load import SiteFolder

NINE = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["contract.breached", "drift.accepted"])
@pytest.mark.parametrize("feed", ["oru", "ed-history"])
def test_only_a_word_on_a_feed_of_its_ladder_wakes_it(
    folder: SiteFolder, seen: Callable[..., View], kind: str, feed: str
) -> None:
    deterioration = load_workflows(folder)["deterioration"]
    agenda = Agenda({"deterioration": deterioration}, {"deterioration": NINE}, {})
    times = {"occurred_at": NINE, "recorded_at": NINE, "known_at": NINE}
    agenda.note([Event(id="g1", kind=kind, source="x", site="demo", position=1, payload={"feed": feed}, **times)])
    assert (agenda.due(deterioration, seen([], NINE)) is not None) is (feed == "oru")
