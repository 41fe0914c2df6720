"""kill -9 of what publishes, to two real brokers, one of which is killed too."""

import pytest
from benches import chaos_publish
from benches.load.brokers import program


@pytest.mark.slow
def test_kills_of_what_publishes_lose_nothing_and_overtake_nothing() -> None:
    for broker in ("nats-server", "tansu"):
        if program(broker) is None:
            pytest.skip(f"no {broker}: see .ci/run")
    found = chaos_publish.run(11, seed=1, kinds=("advice.given",))
    assert found["wrong"] == []
    assert found["kills"] == {"publish": 10, "nats-server": 1}
    assert found["decisions"] > 50
    assert found["late"] > 10
