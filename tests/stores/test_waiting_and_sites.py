from collections.abc import Callable
from datetime import UTC, datetime

from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.inbox import Arrival, Inbox
from wardwise.loop.capture.log import Batch, Log

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def arrival(control: str, *, source: str = "adt", refusal: str = "") -> Arrival:
    return Arrival(
        site="demo",
        source=source,
        listener="mllp",
        control_id=control,
        body=b"MSH" + control.encode(),
        received_at=AT,
        refusal=refusal,
    )


def test_what_waits_is_counted_over_all_sources_without_duplicates_and_refusals(inbox: Inbox) -> None:
    inbox.receive([arrival("1"), arrival("1"), arrival("2", source="oru"), arrival("3", refusal="no header")])
    assert inbox.waiting("demo", after=0) == 2
    assert inbox.waiting("demo", after=1) == 1
    assert inbox.waiting("other", after=0) == 0


def test_a_log_names_the_sites_it_holds(log: Log, draft: Callable[..., Draft]) -> None:
    assert log.sites() == []
    for site in ("west", "east"):
        log.append(log.lease(site, "test"), Batch([draft()]), AT)
    assert log.sites() == ["east", "west"]
