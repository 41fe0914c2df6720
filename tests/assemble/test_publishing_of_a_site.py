"""What a site publishes, from its own log and its own gate: modes as they were, switches, what is dropped."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from benches.load.brokers import NatsServer
from benches.load.ports import free_port
from benches.streams.subscriber import had_from_nats
from tests.clocks import HandClock
from tests.feeds.stream.desk import nats_server
from tests.surfaces.stream.press import NINE, Press

from wardwise.assemble.modes_then import ModesThen
from wardwise.assemble.publishing import make_publishers
from wardwise.assemble.site import configure, take_effect
from wardwise.assemble.stores import WORKER, open_stores, prepare
from wardwise.assemble.worker import make_bench
from wardwise.feeds.intake import read_all
from wardwise.feeds.round import Round
from wardwise.loop.capture.inbox import INTAKE
from wardwise.loop.capture.log import Batch
from wardwise.sites.site import Mode
from wardwise.stores.switches import PUBLISHING, Switches, of_stream
from wardwise.stores.unreached import UnreachedServers

__all__ = ["nats_server"]

PUBLISH = """
publish:
  - name: engine
    kinds: [prediction.made, advice.given]
    from: beginning
    owner: EHR integration team
    stream: {{nats: {{servers: ['{address}'], stream: {name}, subject: {name}.out}}}}
"""


@dataclass
class Running:
    """A data folder whose log is a press, and the rounds that publish it."""

    site: Path
    data: Path
    clock: HandClock = field(default_factory=lambda: HandClock(NINE, running=True))
    said: list[str] = field(default_factory=list)
    stopping: bool = False

    def rounds(self) -> list[Round]:
        made = make_publishers(self.site, self.data, self.clock, say=self.said.append, stopped=lambda: self.stopping)
        for each in made:
            each.turn.__self__.wait_seconds = 0.0  # type: ignore[attr-defined]
        return made


@pytest.fixture
def running(tmp_path: Path, demo_site: Path) -> Running:
    site = Path(shutil.copytree(demo_site, tmp_path / "site"))
    data = tmp_path / "data"
    prepare(data, seed=1)
    return Running(site, data)


@pytest.fixture
def press(running: Running) -> Iterator[Press]:
    """What appends to the log of the data folder; its own publisher has no part in it."""
    with open_stores(running.data, WORKER) as stores:
        made = Press(log=stores.log, clock=running.clock)  # type: ignore[arg-type]
        take_effect(stores, made.lease, configure(running.site), NINE)
        yield made
        made.end()


def published_to(running: Running, address: str, name: str) -> None:
    with (running.site / "site.yaml").open("a") as file:
        file.write(PUBLISH.format(address=address, name=name))


def test_what_a_unit_in_shadow_would_have_heard_stays_and_expired_advice_ends_in_the_log(
    running: Running, press: Press, nats_server: NatsServer
) -> None:
    nats_server.stream("site1", "site1.>")
    published_to(running, nats_server.address, "site1")
    shown, late = press.predict(unit="demo/4a"), press.advise(minutes=5)
    press.predict(unit="demo/icu")
    (only,) = running.rounds()
    running.clock.seconds += timedelta(minutes=6).total_seconds()
    only.step()
    assert [json.loads(each.body)["id"] for each in had_from_nats(nats_server, "site1")] == [shown.id]
    with open_stores(running.data, WORKER) as stores:
        raws = stores.inbox.pending("demo", after=stores.log.offset("demo", INTAKE))
        bench = make_bench(stores, configure(running.site))
        read = read_all(raws, bench.readers)
        stores.log.append(press.lease, Batch(read.batch.drafts, read.batch.dispositions, read.batch.offsets), NINE)
        last = stores.log.read("demo")[-1]
    assert (last.kind, last.payload["event"], last.payload["why"]) == ("publication.dropped", late.id, "expired")
    running.stopping = True
    only.turn()


def test_a_switch_holds_everything_back_until_it_is_on_again(
    running: Running, press: Press, nats_server: NatsServer
) -> None:
    nats_server.stream("site2", "site2.>")
    published_to(running, nats_server.address, "site2")
    switches = Switches(running.data / "off")
    made = press.predict()
    (only,) = running.rounds()
    for name in (PUBLISHING, of_stream("engine")):
        switches.turn_off(name, "a trial", NINE)
        only.step()
        assert had_from_nats(nats_server, "site2") == []
        switches.turn_on(name)
    only.step()
    assert [json.loads(each.body)["id"] for each in had_from_nats(nats_server, "site2")] == [made.id]
    running.stopping = True
    only.turn()


def test_a_broker_that_is_away_is_noted_and_asked_again_within_five_seconds(running: Running, press: Press) -> None:
    published_to(running, f"127.0.0.1:{free_port()}", "W")
    press.predict()
    (only,) = running.rounds()
    for count in range(4):
        assert only.step() <= 5.0
        noted = UnreachedServers(running.data / "unpublished").read()
        assert ("engine" in noted) == (count > 0)
        running.clock.seconds += timedelta(seconds=10).total_seconds()
    assert "stream engine: The server did not give a connection" in running.said[0]
    running.stopping = True
    only.turn()


def test_the_mode_is_the_one_of_its_time(running: Running, press: Press) -> None:
    """What was said in shadow stays hidden, although the site has been told since that it is shown."""
    first = press.predict()
    text = (running.site / "site.yaml").read_text()
    (running.site / "site.yaml").write_text(text.replace("    units: {icu: shadow}", "    units: {4a: shadow}"))
    with open_stores(running.data, WORKER) as stores:
        take_effect(stores, press.lease, configure(running.site), NINE)
        second = press.predict()
        changed = {"workflow": "deterioration", "mode": "assistive", "was": "shadow", "by": "x", "why": "y"}
        press.append(press.draft("mode.changed", changed, unit="demo/4a"))
        third = press.predict()
        modes = ModesThen(stores.log, "demo", stores.signed)
        found = [modes("deterioration", "demo/4a", each) for each in (first, second, third)]
        assert found == [Mode.ASSISTIVE, Mode.SHADOW, Mode.ASSISTIVE]
        assert modes("deterioration", "demo/icu", first) is Mode.SHADOW
        assert modes("deterioration", "demo/icu", third) is Mode.ASSISTIVE
        assert modes("of-nobody", None, third) is Mode.OFF
        before_all = ModesThen(press.log, "elsewhere", stores.signed)
        assert before_all("deterioration", None, first) is Mode.OFF
