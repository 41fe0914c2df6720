"""The streams of a site: a broker that does not answer is where everybody can see it, each feed on its own."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from benches.load.ports import free_port
from tests.clocks import HandClock

from wardwise.assemble.stores import prepare
from wardwise.assemble.streams import make_subscriptions
from wardwise.stores.unreached import UnreachedServers

FEED = """
feeds:
  - name: adt-stream
    kind: hl7v2
    mapping: mappings/adt.yaml
    freshness: stream
    owner: A
    steward: B
    stream: {{nats: {{servers: ['127.0.0.1:{port}'], stream: H}}}}
"""


@pytest.fixture
def site(tmp_path: Path, demo_site: Path) -> Path:
    made = Path(shutil.copytree(demo_site, tmp_path / "site"))
    text = (made / "site.yaml").read_text()
    (made / "site.yaml").write_text(text.replace("\nfeeds:\n", FEED.format(port=free_port()), 1))
    return made


def test_a_broker_that_is_away_is_noted_at_the_second_time_and_asked_again_within_five_seconds(
    site: Path, tmp_path: Path
) -> None:
    data, clock, said = tmp_path / "data", HandClock(datetime(2026, 3, 1, tzinfo=UTC), running=True), list[str]()
    prepare(data, seed=1)
    stopping = False
    (only,) = make_subscriptions(site, data, clock, say=said.append, stopped=lambda: stopping)  # type: ignore[arg-type]
    waits = []
    for _ in range(6):
        waits.append(only.step())
        noted = UnreachedServers(data / "unreached").read()
        assert ("adt-stream" in noted) == (len(waits) > 1)
        clock.seconds += waits[-1]
    assert max(waits) <= 5.0
    assert len(said) == 6
    assert "feed adt-stream: The server did not give a connection" in said[0]
    stopping = True
    only.step()
