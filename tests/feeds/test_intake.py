"""Reading raws: whatever a reader gives or does, the others are read, and each raw is dealt with once."""

from dataclasses import dataclass
from datetime import UTC, datetime

from wardwise.feeds.intake import read_all
from wardwise.feeds.reading import Reading
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.loop.capture.log import Outcome

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Giving:
    """A reader that gives one fact of a kind, whether it is one or not."""

    kind: str
    checked: bool = False

    def read(self, raw: Raw, now: datetime) -> Reading:
        if not self.kind:
            raise RuntimeError("poisoned")
        return Reading((Draft(id=f"n{raw.id}", kind=self.kind, occurred_at=now, source="s"),), checked=self.checked)


def raw(source: str, sequence: int) -> Raw:
    arrival = Arrival(site="st", source=source, listener="mllp", control_id="1", body=b"x", received_at=NOON)
    return Raw(id=f"w{sequence}", sequence=sequence, arrival=arrival, receipt=Receipt.STORED)


def test_a_fact_that_is_not_of_its_kind_is_set_aside_and_the_rest_is_read() -> None:
    readers = {"wrong": Giving("lab.resulted"), "unknown": Giving("no.kind"), "broken": Giving("")}
    read = read_all([raw(name, number) for number, name in enumerate([*readers, "nobody"], 1)], readers)
    codes = [draft.payload["code"] for draft in read.batch.drafts]
    assert codes == ["not-of-its-kind", "not-of-its-kind", "reader-failed", "no-reader"]
    assert {item.outcome for item in read.batch.dispositions} == {Outcome.QUARANTINED}
    assert [item.sequence for item in read.batch.dispositions] == [1, 2, 3, 4]


def test_a_reader_that_has_checked_its_facts_is_taken_at_its_word() -> None:
    read = read_all([raw("sure", 1)], {"sure": Giving("lab.resulted", checked=True)})
    assert [draft.kind for draft in read.batch.drafts] == ["lab.resulted"]  # the log itself would refuse it
