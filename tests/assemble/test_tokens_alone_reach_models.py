"""Identifiers stay in the raw inbox and the vault: log, state, snapshots and features know tokens, the key is apart."""

from datetime import UTC, datetime
from pathlib import Path

from wardwise.assemble.site import configure
from wardwise.assemble.stores import WORKER, open_stores, prepare
from wardwise.assemble.worker import make_bench
from wardwise.feeds.intake import read_all
from wardwise.hospital.token import tokenise
from wardwise.loop.capture.inbox import Arrival
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Batch
from wardwise.loop.derive.history import History
from wardwise.loop.derive.state.digest import PROJECTIONS
from wardwise.loop.derive.state.ledger import keep
from wardwise.loop.derive.view import View

NOON = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
CANARIES = (b"ZZPHI", b"70019999", b"88019999")
HEAD = "MSH|^~\\&|EHR|LGH|W|W|20260301113000||{}|c{}|P|2.5.1\r"
WHO = "PID|1||70019999^^^LGH^MR||ZZPHIDOE^ZZPHIJANE||19500101|F\r"
VISIT = "PV1|1|I|4A^^12||||||||||||||||88019999^^^LGH\r"
ADT = HEAD.format("ADT^A01", 1) + "EVN|A01|20260301113000||||20260301113000\r" + WHO + VISIT
SIGN = "OBR|1||F1|VS|||20260301114000\rOBX|1|NM|8867-4^P^LN||80|/min|||||F|||20260301114000\r"
ORU = HEAD.format("ORU^R01", 2) + WHO + VISIT + SIGN


def test_no_identifier_is_in_anything_a_model_can_see(demo_site: Path, tmp_path: Path) -> None:
    prepare(tmp_path / "data", seed=1)
    with open_stores(tmp_path / "data", WORKER) as stores:
        configuration = configure(demo_site)
        bench = make_bench(stores, configuration)
        stores.inbox.receive(
            [
                Arrival(
                    site="demo",
                    source=source,
                    listener="mllp",
                    control_id=f"c{number}",
                    body=body.encode(),
                    received_at=NOON,
                )
                for number, (source, body) in enumerate([("adt", ADT), ("oru", ORU)], 1)
            ]
        )
        read = read_all(stores.inbox.pending("demo", after=0), bench.readers)
        bench.remember(read.identities)
        events = stores.log.append(stores.log.lease("demo", "test"), Batch(read.batch.drafts), NOON)
        history = History(stores.log, "demo", snapshots=stores.snapshots("demo"))
        view = View(configuration.folder, Instant(events[-1].recorded_at, len(events)), history, stores.signed)
        keep(history)
        visit = str(events[0].about.encounter)
        features = configuration.workflows["deterioration"].stages.features.compute(view, view.spine([visit]))
        seen = [repr(events), repr(features.to_dicts()), *(repr(make(view)) for make in PROJECTIONS.values())]
        key = stores.keys.token
    folder = tmp_path / "data"
    files = [*folder.glob("events.db*"), *folder.glob("snapshots/**/*.snapshot")]
    assert len(files) > 1
    for part in [*(file.read_bytes() for file in files), *(text.encode() for text in seen)]:
        assert not any(canary in part for canary in CANARIES)
        assert key not in part
    assert visit.encode() in seen[1].encode()  # what is looked at does speak of the patient
    assert any(CANARIES[1] in file.read_bytes() for file in folder.glob("inbox.db*"))


def test_another_site_with_another_key_gives_the_same_person_another_token() -> None:
    tokens = {tokenise(key * 32, "LGH", "70019999") for key in (b"a", b"b")}
    assert len(tokens) == 2
    assert tokenise(b"a" * 32, "LGH", "70019999") in tokens
    assert tokenise(b"a" * 32, "OTHER", "70019999") not in tokens
