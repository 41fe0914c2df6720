"""kill -9 of each process of a service under load, as an installer runs it."""

import pytest
from benches import chaos_kill


@pytest.mark.slow
def test_fifty_kills_lose_nothing_that_was_acknowledged_and_apply_nothing_twice() -> None:
    found = chaos_kill.run(50, seed=1)
    assert found["wrong"] == []
    assert sum(found["kills"].values()) == 50
    assert min(found["kills"].get(role, 0) for role in ("mllp", "worker", "http", "supervisor")) > 0
    assert found["acknowledged"] > 500
