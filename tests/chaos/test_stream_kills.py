"""kill -9 of what reads streams, under load from two real brokers."""

import pytest
from benches import chaos_streams
from benches.load.brokers import program


@pytest.mark.slow
def test_kills_of_what_reads_streams_lose_nothing_and_apply_nothing_twice() -> None:
    for broker in ("nats-server", "tansu"):
        if program(broker) is None:
            pytest.skip(f"no {broker}: see .ci/run")
    found = chaos_streams.run(6, seed=1)
    assert found["wrong"] == []
    assert found["kills"].get("streams", 0) > 3
    assert min(found["confirmed"].values()) > 50
