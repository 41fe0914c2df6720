"""The tests of a mapping, run: each message is read as the service would read it, and compared."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from wardwise.feeds.hl7v2.address import Address
from wardwise.feeds.hl7v2.errors import HL7Error
from wardwise.feeds.hl7v2.message import Message
from wardwise.feeds.hl7v2.timestamps import read_timestamp
from wardwise.feeds.intake import read_one
from wardwise.feeds.reading import Reader, Reading
from wardwise.feeds.trial.difference import NOTHING, Eyes, differences, local_instant, summary
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.sites.map_test import MapTest, MapTests, Step
from wardwise.sites.tree import Document

_SENT = Address.parse("MSH-7")
_LATE = datetime(2100, 1, 1, tzinfo=UTC)

Where = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as a test says; `file` and `line` are where the test says it."""

    file: Path
    line: int
    test: str
    field: str
    found: str
    expected: str

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}: {self.test}\n    {self.field}: found {self.found}\n"
            f"    {' ' * len(self.field)}  expected {self.expected}"
        )


@dataclass(slots=True)
class Trial:
    """One file of tests; `reader` makes a reader that knows nothing yet."""

    file: Path
    document: Document
    tests: MapTests
    zone: str
    source: str
    reader: Callable[[], Reader]
    _people: dict[str, str] = field(default_factory=dict)
    _ids: list[str] = field(default_factory=list)

    def differences(self) -> Iterator[Difference]:
        """Everything that is not as the tests say, in their order."""
        for index, test in enumerate(self.tests.tests):
            yield from self._test(test, ("tests", index))

    def _test(self, test: MapTest, path: Where) -> Iterator[Difference]:
        reader = self.reader()
        self._people, self._ids = {}, []
        for number, (step, below) in enumerate(test.steps, 1):
            reading = read_one(self._raw(step, number), {self.source: reader})
            self._people |= {each.token: f"{each.authority}|{each.identifier}" for each in reading.identities}
            here: Where = (*path, *below)
            for place, what, found, expected in self._step(step, reading):
                yield self._difference(here + place, test.name, what, found=found, expected=expected)
            self._ids += [draft.id for draft in reading.drafts]

    def _step(self, step: Step, reading: Reading) -> Iterator[tuple[Where, str, str, str]]:
        aside = tuple(problem.code for problem in reading.problems)
        if step.set_aside != aside:
            yield ("set_aside",), "set_aside", ", ".join(aside) or NOTHING, ", ".join(step.set_aside) or NOTHING
        said, wanted = _outcome(reading), _wanted(step)
        if said != wanted:
            yield (), "outcome", f"{said}{self._why(reading)}", wanted
        elif step.events is not None:
            yield from self._events(step, reading)

    def _events(self, step: Step, reading: Reading) -> Iterator[tuple[Where, str, str, str]]:
        expected = step.events or ()
        eyes = Eyes(self.zone, self._people, self._ids)
        for number, (draft, event) in enumerate(zip(reading.drafts, expected, strict=False)):
            for name, found, wanted in differences(draft, event, eyes):
                place: Where = ("events", number, *name.split("."))
                yield place, f"event {number + 1} ({event.kind}), {name}", found, wanted
        for number, draft in enumerate(reading.drafts[len(expected) :], len(expected) + 1):
            yield ("events",), f"event {number}", summary(draft, eyes), "no such event"
        for number, event in enumerate(expected[len(reading.drafts) :], len(reading.drafts)):
            yield ("events", number), f"event {number + 1}", "no such event", event.kind

    def _raw(self, step: Step, number: int) -> Raw:
        body = step.message.encode(step.encoded)
        written = step.received_at or self.tests.received_at
        at = local_instant(written, self.zone) if written else _sent(body, self.zone)
        arrival = Arrival(
            site="site",
            source=self.source,
            listener="test",
            control_id=str(number),
            body=body,
            received_at=at or _LATE,
        )
        return Raw(id=f"w{number}", sequence=number, arrival=arrival, receipt=Receipt.STORED)

    def _difference(self, path: Where, test: str, what: str, *, found: str, expected: str) -> Difference:
        spot = self.document.spot(path)
        return Difference(Path(spot.file), spot.line, test, what, found, expected)

    def _why(self, reading: Reading) -> str:
        return f" ({reading.quarantine.why})" if reading.quarantine else ""


def _outcome(reading: Reading) -> str:
    if reading.quarantine is not None:
        return f"quarantined: {reading.quarantine.code}"
    return "events" if reading.drafts else f"ignored: {reading.ignored}"


def _wanted(step: Step) -> str:
    if step.quarantined is not None:
        return f"quarantined: {step.quarantined}"
    return "events" if step.events else f"ignored: {step.ignored or ''}"


def _sent(body: bytes, zone: str) -> datetime | None:
    """MSH-7, so that a test need not say when its message came."""
    try:
        return read_timestamp(Message.parse(body).text(_SENT), zone).at
    except HL7Error:
        return None
