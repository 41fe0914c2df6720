from collections.abc import Iterator

import pytest
from tests.feeds.stream.desk import kafka_server, nats_server
from tests.surfaces.stream.press import Press

__all__ = ["kafka_server", "nats_server"]


@pytest.fixture
def press() -> Iterator[Press]:
    made = Press()
    yield made
    made.end()
