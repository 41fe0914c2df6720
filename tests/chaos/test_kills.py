"""kill -9 of each process of a service under load, as an installer runs it; of its database too."""

import pytest
from benches import chaos_kill
from benches.load.postgres_server import server_programs


@pytest.mark.slow
def test_fifty_kills_lose_nothing_that_was_acknowledged_and_apply_nothing_twice() -> None:
    found = chaos_kill.run(50, seed=1)
    assert found["wrong"] == []
    assert sum(found["kills"].values()) == 50
    assert min(found["kills"].get(role, 0) for role in ("mllp", "worker", "http", "supervisor")) > 0
    assert found["acknowledged"] > 500


@pytest.mark.slow
def test_kills_of_the_database_too_lose_nothing_and_nothing_is_acknowledged_while_it_is_gone() -> None:
    if server_programs() is None:
        pytest.skip("no PostgreSQL on this machine")
    found = chaos_kill.run(4, seed=32, store=chaos_kill.DATABASE)
    assert found["wrong"] == []
    assert min(found["kills"].get(role, 0) for role in ("mllp", "worker", chaos_kill.DATABASE)) > 0
    assert found["acknowledged"] > 50
