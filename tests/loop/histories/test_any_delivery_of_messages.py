"""The same histories as HL7 v2 messages: through inbox, reader and the demo mapping, in any order, twice and late."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from tests.loop.histories.test_any_delivery import EXAMPLES, FOLDER, Delivery, Histories
from tests.loop.histories.told_hospital import MINUTE

from wardwise.feeds.intake import read_all
from wardwise.feeds.readers import readers
from wardwise.hospital.moment import from_iso
from wardwise.hospital.token import tokenise
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import Draft, Status
from wardwise.loop.capture.inbox import Arrival
from wardwise.loop.derive.state.digest import state_digests
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.memory.log import MemoryLog

KEY = b"k" * 32
CHICAGO = ZoneInfo("America/Chicago")
TRIGGERS = {
    "stay.arrived": "A04",
    "stay.registered": "A05",
    "stay.admitted": "A01",
    "stay.transferred": "A02",
    "stay.discharged": "A03",
    "stay.left": "A21",
    "stay.returned": "A22",
    "stay.updated": "A08",
}
CANCELS = {
    "stay": "A23",
    "stay.arrived": "A11",
    "stay.registered": "A38",
    "stay.admitted": "A11",
    "stay.transferred": "A12",
    "stay.discharged": "A13",
    "stay.left": "A52",
    "stay.returned": "A53",
}
MERGES = {"": "A40", "merge": "A40", "link": "A24", "renumber": "A47"}
RENUMBERS = ("A50", "A42")  # a visit has another number, two visits are one: the same is told


def trigger_of(number: int, draft: Draft) -> str:
    told = draft.payload
    if draft.kind == "stay.cancelled":
        return CANCELS[str(told["target"])]
    if draft.kind == "stay.merged":
        return "A37" if draft.status is Status.CANCELLED else MERGES[str(told.get("manner", ""))]
    if draft.kind == "stay.moved":
        return "A45" if "from_patient" in told else RENUMBERS[number % 2]
    return TRIGGERS[draft.kind]


def others(trigger: str, told: Mapping[str, Json]) -> str:
    """The segment that names whom or what else a message is about: a second PID for links, MRG else."""
    patient = told.get("merged_patient") or told.get("from_patient") or ""
    if trigger in {"A24", "A37"}:
        return f"PID|2||{patient}^^^LGH^MR"
    visit = f"||||{told['from_encounter']}^^^LGH" if "from_encounter" in told else ""
    return f"MRG|{patient}{'^^^LGH' if patient else ''}{visit}" if patient or visit else ""


def wall(at: datetime) -> str:
    """Local time with its offset: in the night the clocks go back, 01:30 comes twice."""
    return at.astimezone(CHICAGO).strftime("%Y%m%d%H%M%S%z")


def message(number: int, draft: Draft) -> bytes:
    told, about = draft.payload, draft.about
    cancel = draft.kind == "stay.cancelled"
    trigger = trigger_of(number, draft)
    named = told.get("target_occurred_at")
    happened = wall(from_iso(str(named))) if named else "" if cancel else wall(draft.occurred_at)
    place = f"{about.unit.split('/')[1].upper()}^^{str(about.bed).split('/')[-1]}" if about.unit else ""
    emergency = draft.kind == "stay.arrived" or told.get("target") == "stay.arrived"
    kind = "" if draft.kind == "stay.updated" else "E" if emergency else "O" if draft.kind == "stay.registered" else "I"
    visit = f"PV1|1|{kind}|{place}" + "|" * 16 + f"{about.encounter}^^^LGH" if about.encounter else ""
    born = str(told.get("born", "")).replace("-", "")
    lines = [
        f"MSH|^~\\&|EHR|LGH|W|W|{wall(draft.occurred_at)}||ADT^{trigger}|c{number}|P|2.5.1",
        f"EVN|{trigger}|{wall(draft.occurred_at)}||||{happened}",
        f"PID|1||{about.patient}^^^LGH^MR||ZZ||{born}|{'F' if told.get('sex') else ''}",
        visit,
        others(trigger, told),
    ]
    return "\r".join(line for line in lines if line).encode() + b"\r"


class Messages(Histories):
    """Tells the same, and sends it."""

    def patient(self, token: str) -> str:
        return tokenise(KEY, "LGH", token)

    def visit(self, number: str) -> str:
        return tokenise(KEY, "LGH", number)

    def teardown(self) -> None:
        if not getattr(self, "told", None):
            return
        end = self.now + 30 * MINUTE
        sent = [message(number, draft) for number, draft in enumerate(self.told)]
        in_order = Delivery(self.read(sent, end), self.chance, end=end)
        self.judge(in_order.view())
        mixed = sent + [self.chance.choice(sent) for _ in range(len(sent) // 3)]
        self.chance.shuffle(mixed)
        shuffled = Delivery(self.read(mixed, end), self.chance, end=end)
        assert state_digests(shuffled.view()) == state_digests(in_order.view())

    def read(self, bodies: list[bytes], now: datetime) -> list[Draft]:
        inbox = MemoryInbox()
        for body in bodies:
            control = body.split(b"|")[9].decode()
            inbox.receive(
                [Arrival(site="demo", source="adt", listener="mllp", control_id=control, body=body, received_at=now)]
            )
        read = read_all(inbox.pending("demo", after=0), readers(FOLDER, token_key=KEY, log=MemoryLog()))
        assert not [draft for draft in read.batch.drafts if draft.kind == "message.quarantined"]
        assert len(read.batch.drafts) == len(self.told)
        return list(read.batch.drafts)


TestMessages = Messages.TestCase
TestMessages.settings = settings(
    max_examples=max(EXAMPLES // 5, 1), stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
