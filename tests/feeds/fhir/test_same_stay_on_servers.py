"""One stay through servers that are not ours and through HL7 v2: the same facts stand, step by step, cancels too."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.feeds.fhir import told_beside as beside
from tests.feeds.fhir.heard import Heard, Made
from tests.feeds.fhir.test_same_stay import HAND_MADE
from tests.feeds.fhir.told_stays import Result, Truth, around, at, encounter, messages, observation
from tests.run.fhir_router import Router, router_server
from tests.run.fhir_server import Foreign, foreign_server

from wardwise.feeds.asked_feed import AskedFeed
from wardwise.feeds.fhir.poller import LISTENER, Poller
from wardwise.feeds.fhir.server import connect
from wardwise.feeds.fhir.sign_in import Bearer
from wardwise.run.clock import SystemClock
from wardwise.sites.poll import Poll
from wardwise.stores.cursors import Cursors

pytestmark = pytest.mark.xdist_group("foreign FHIR servers")

TYPES = ("Encounter", "Observation", "ServiceRequest", "Appointment", "Patient")
HOUSE = ("Location", "PractitionerRole", "Task", "Schedule", "Slot", "Flag")


class Beside:
    """A foreign server and the poller of its feed, beside a hospital that hears HL7 v2."""

    def __init__(self, made: Made, server: Foreign | Router, folder: Path, *, history: bool, **asked: Any) -> None:
        self.server = server
        self.fhir, self.v2 = Heard(made, "fhir"), Heard(made, "v2")
        now = datetime.now(UTC)  # what other tests charted before is not ours
        window = {"types": TYPES, "since": now, "overlap_seconds": 0, "history": history} | asked
        self.poll = Poll(url=server.url, **window)
        self.asked = connect(server.url, Bearer(lambda: "charting"))
        feed = AskedFeed("demo", "fhir", LISTENER, self.fhir.inbox, SystemClock())
        self.poller = Poller(feed, self.poll, self.asked, Cursors(folder / "cursors", "fhir"))

    def chart(self, *resources: dict[str, Any]) -> str:
        """Put resources, poll, read; returns when the server recorded the last, as HL7 v2 writes it."""
        stored = self.server.put(*resources)
        for kind in self.poll.types:
            self.poller.turn(kind)
        self.fhir.read()
        return beside.recorded(stored[-1])

    def same(self) -> int:
        """How many facts stand by either way, after having seen that they are the same."""
        standing = self.fhir.standing()
        assert standing == self.v2.standing()
        assert self.fhir.stays() == self.v2.stays()
        quarantined = [event.payload for event in self.fhir.events() if event.kind == "message.quarantined"]
        assert not quarantined
        return standing.total()


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Foreign | Router]]:
    """Each server once, started when it is first asked for."""
    running: dict[str, Any] = {}
    contexts = {
        "sekmet": lambda: foreign_server(tmp_path_factory.mktemp("sekmet") / "server"),
        "router": router_server,
    }

    def start(name: str) -> Foreign | Router:
        if name not in running:
            context = contexts[name]()
            running[name] = context.__enter__(), context
        found: Foreign | Router = running[name][0]
        return found

    yield start
    for _, context in running.values():
        context.__exit__(None, None, None)


@pytest.fixture(params=["sekmet", "router"])
def both(request: pytest.FixtureRequest, servers: Callable[[str], Any], made: Made, tmp_path: Path) -> Iterator[Beside]:
    found = Beside(made, servers(request.param), tmp_path, history=request.param == "sekmet")
    yield found
    found.asked.close()


def changed(resource: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """A resource with other elements; None takes one away."""
    return {key: value for key, value in (resource | facts).items() if value is not None}


def someone(number: int, **facts: Any) -> Truth:
    """The hand-made stay of somebody else, so that tests may share a server."""
    return replace(HAND_MADE, visit=str(number), patient=str(number * 80), **facts)


def test_a_stay_told_step_by_step_stands_the_same(both: Beside) -> None:
    truth = someone(90)
    arrival, move, another, admission, discharge, *results = messages(truth)
    both.chart(*around(truth), encounter(truth, 0))
    both.v2.hear(arrival)
    assert both.same() == 1
    both.chart(encounter(truth, 400))
    both.v2.hear(admission, move)
    assert both.same() == 3
    both.chart(encounter(truth, 700))
    both.v2.hear(another)
    assert both.same() == 4
    both.chart(encounter(truth), *(observation(truth, result) for result in truth.results))
    both.v2.hear(discharge, *results)
    assert both.same() == 7


def test_orders_and_results_that_are_corrected(both: Beside) -> None:
    truth = someone(91, results=(Result(60, "8310-5", "38.5", "Cel", 0),))
    both.chart(*around(truth), encounter(truth, 400), beside.order(truth, 200), observation(truth, truth.results[0]))
    arrival, move, _, admission, _, result = messages(truth)
    both.v2.hear(arrival, admission, move, beside.order_message(truth, 200), result)
    assert both.same() == 5
    corrected = changed(
        observation(truth, truth.results[0]), status="corrected", valueQuantity={"value": 37.5, "code": "Cel"}
    )
    both.chart(corrected)
    both.v2.hear(result.replace("|38.5|", "|37.5|").replace("||||F|", "||||C|").replace("ORU^R01-", "ORU^R01-2-"))
    assert both.same() == 5
    both.chart(beside.order(truth, 200, status="revoked"))
    both.v2.hear(beside.order_message(truth, 200, control="CA"))
    assert both.same() == 4


def test_an_appointment_booked_moved_and_called_off(both: Beside) -> None:
    truth, made, later = someone(92), datetime.now(UTC).replace(microsecond=0), "2026-03-09T10:30:00+00:00"
    both.chart(*around(truth), beside.ROOM, beside.booking(truth, made))
    both.v2.hear(beside.booking_message(truth, "S12", beside.stamp(made)))
    assert both.same() == 1
    told = both.chart(beside.booking(truth, made - timedelta(minutes=5), starts=later))
    both.v2.hear(beside.booking_message(truth, "S13", told, starts=later))
    assert both.same() == 2
    told = both.chart(beside.booking(truth, made - timedelta(minutes=5), status="cancelled"))
    both.v2.hear(beside.booking_message(truth, "S15", told))
    assert both.same() == 3


@pytest.mark.parametrize("told_by", ["replaces", "replaced-by"])
def test_two_records_of_one_person(both: Beside, told_by: str) -> None:
    truth = someone(93 if told_by == "replaces" else 94)
    merged = f"{truth.patient}0"
    both.chart(*around(truth), beside.person(truth, number=merged), encounter(truth, 0))
    both.v2.hear(messages(truth)[0])
    if told_by == "replaces":
        told = both.chart(beside.person(truth, beside.link(told_by, merged)))
    else:
        told = both.chart(beside.person(truth, beside.link(told_by, truth.patient), number=merged))
    both.v2.hear(beside.merge_message(truth, told, merged))
    assert both.same() == 2
    again = beside.person(truth, beside.link(told_by, merged)) if told_by == "replaces" else None
    if again is not None:  # the merge is told again with every version, and was when it was first told
        both.chart(changed(again, gender="unknown"))
        assert both.same() == 2


def test_beds_staff_rosters_and_flags(both: Beside) -> None:
    truth, number = someone(99), 31
    both.poll = both.poller.poll = both.poll.model_copy(update={"types": HOUSE})
    both.chart(*around(truth), encounter(truth, 400))
    bed, person, role = beside.house(number)
    told = both.chart(bed)
    both.v2.hear(beside.bed_message(truth, number, told, "H"))
    told = both.chart(person, role)
    both.v2.hear(beside.staff_message(number, told))
    assert both.same() == 2
    ended = datetime.now(UTC).replace(microsecond=0)
    both.chart(beside.cleaned(number, ended))
    both.v2.hear(beside.bed_message(truth, number, beside.stamp(ended), "U"))
    assert both.same() == 3
    both.chart(*beside.shift(number), beside.flag(truth))  # HL7 v2 has no word for these
    shift, note = (event for event in both.fhir.visible() if event.kind in {"shift.assigned", "note.written"})
    assert (shift.about.unit, shift.payload["shift"], shift.payload["skill"]) == ("demo/4a", "night", "rn")
    [listed] = (event for event in both.fhir.visible() if event.kind == "staff.listed")
    assert shift.about.staff == listed.about.staff
    assert note.about.patient is not None


def test_a_transfer_and_a_discharge_that_are_taken_back(both: Beside) -> None:
    truth = someone(95, results=())
    arrival, move, another, admission, discharge = messages(truth)
    both.chart(*around(truth), encounter(truth, 700))
    both.v2.hear(arrival, admission, move, another)
    assert both.same() == 4
    stayed = replace(truth, places=truth.places[:2])
    told = both.chart(encounter(stayed, 800))
    both.v2.hear(beside.cancel(truth, "A12", 600, told))
    assert both.same() == 3
    both.chart(encounter(stayed))
    both.v2.hear(discharge.replace("|ICU^^2|", "|4A^^12|"))
    assert both.same() == 4
    ended = {"status": "finished", "period": {"start": at(1_885).isoformat(), "end": at(1_900).isoformat()}}
    told = both.chart(changed(encounter(stayed, 800), statusHistory=[ended]))
    both.v2.hear(beside.cancel(truth, "A13", 1_885, told))
    assert both.same() == 3


@pytest.mark.parametrize(("status", "number"), [("entered-in-error", 96), ("cancelled", 97)])
def test_an_admission_that_was_none(both: Beside, status: str, number: int) -> None:
    truth = someone(number, places=((0, ("4B", "7")),), emergency=False, admitted=None, end=None, results=())
    both.chart(*around(truth), encounter(truth, 0))
    both.v2.hear(*messages(truth))
    assert both.same() == 1
    told = both.chart(changed(encounter(truth, 0), status=status))
    both.v2.hear(beside.cancel(truth, "A11", 0, told))
    assert both.same() == 0


def test_a_server_without_further_pages_is_asked_on_from_the_last_it_gave(
    made: Made, servers: Callable[[str], Any], tmp_path: Path
) -> None:
    found = Beside(made, servers("router"), tmp_path, history=False, page=3)
    truth = someone(98, results=tuple(Result(60, "8310-5", "38.5", "Cel", number) for number in range(11)))
    found.chart(*around(truth), encounter(truth, 0), *(observation(truth, result) for result in truth.results))
    assert sum(event.kind == "sign.measured" for event in found.fhir.events()) == 11
    found.asked.close()
