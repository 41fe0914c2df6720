"""What the site's own mappings make of the demo's messages."""

from collections import Counter
from pathlib import Path

from wardwise.demo.habits import Sort
from wardwise.demo.person import CANARY
from wardwise.demo.timeline import Timeline
from wardwise.feeds.hl7v2.reader import Hl7Reader
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.sites.load import load_site
from wardwise.stores.memory.log import MemoryLog

SITE = Path(__file__).parents[2] / "sites" / "demo"


def test_nothing_is_set_aside_or_doubted_and_no_name_leaves_the_raw_inbox(first_day: Timeline) -> None:
    folder, log = load_site(SITE), MemoryLog()
    readers = {}
    for name in ("adt", "oru"):
        feed = folder.site.feed(name)
        assert feed is not None
        readers[name] = Hl7Reader(folder, feed, token_key=b"k" * 32, log=log)
    drafts: list[Draft] = []
    for number, due in enumerate(due for due in first_day.messages if due.sort is Sort.PLAIN):
        arrival = Arrival(
            site="demo", source=due.feed, listener="mllp", control_id=due.control, body=due.body, received_at=due.at
        )
        raw = Raw(id=f"r{number}", sequence=number + 1, arrival=arrival, receipt=Receipt.STORED)
        reading = readers[due.feed].read(raw, due.at)
        assert reading.quarantine is None, reading.quarantine
        assert reading.drafts
        drafts += reading.drafts
    assert {flag for draft in drafts for flag in draft.flags if not flag.startswith("fact:")} == set()
    assert all(CANARY not in repr(draft) and "ZZ0" not in repr(draft) for draft in drafts)
    kinds = Counter(draft.kind for draft in drafts)
    assert kinds["sign.measured"] > 5_000
    assert kinds["stay.arrived"] > 80
    born = [str(draft.payload["born"]) for draft in drafts if draft.kind == "stay.arrived"]
    assert 5 <= sum(day > "2010-03-02" for day in born) < len(born) / 3  # children come through the door too
    heats = [float(str(draft.payload["value"])) for draft in drafts if draft.payload.get("code") == "temperature"]
    assert all(34 < heat < 42 for heat in heats)
