"""A group of new arrivals costs one journey to the server, and what was supposed of it wrongly is put right."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from wardwise.loop.capture.inbox import Arrival
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.postgres.inbox import PostgresInbox
from wardwise.stores.postgres.schema import queries
from wardwise.stores.postgres.server import Server


@pytest.fixture
def doors(server: Server) -> Iterator[list[PostgresInbox]]:
    """Doors of several processes on one inbox."""
    opened = [PostgresInbox(server) for _ in range(3)]
    yield opened
    for door in opened:
        door.close()


def journeys(door: PostgresInbox, arrivals: list[Arrival], scratch: Path) -> int:
    """How often the server is waited for while a group is received, by what the driver sends."""
    connection = door._tables._connection.pgconn
    sent = scratch / "sent"
    with sent.open("wb") as file:
        connection.trace(file.fileno())
        try:
            door.receive(arrivals)
        finally:
            connection.untrace()
    asked = [line.split("\t")[3] for line in sent.read_text(errors="replace").splitlines() if "\tF\t" in line]
    waits = [word in {"Sync", "Flush"} for word in asked]  # from here the driver reads; the two may follow one another
    return sum(wait and not before for before, wait in pairwise([False, *waits]))


def test_a_group_of_new_messages_is_one_journey_and_one_with_a_known_message_three(
    doors: list[PostgresInbox], arrival: Any, tmp_path: Path
) -> None:
    doors[0].receive([arrival("0")])  # learns the door's number and where the receipts end
    new = [arrival(f"{n}", minute=n) for n in range(1, 17)]
    assert journeys(doors[0], new, tmp_path) == 1
    assert journeys(doors[0], [arrival("20"), arrival("3")], tmp_path) == 1 + 2
    assert journeys(doors[0], [arrival("21")], tmp_path) == 1
    doors[1].receive([arrival("22")])
    assert journeys(doors[0], [arrival("23")], tmp_path) == 1 + 2
    assert doors[0].verify().receipts == 22


@pytest.fixture
def serializable(server: Server) -> Iterator[Server]:
    """A database whose transactions are so by default."""
    with psycopg.connect(server.conninfo, autocommit=True) as master:
        name = sql.Identifier(master.info.dbname)
        master.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_isolation = 'serializable'").format(name))
        yield server
        master.execute(sql.SQL("ALTER DATABASE {} RESET default_transaction_isolation").format(name))


def test_doors_take_turns_in_a_database_whose_transactions_are_of_another_isolation(
    serializable: Server, arrival: Any
) -> None:
    server = serializable
    with closing(PostgresInbox(server)) as one, closing(PostgresInbox(server)) as other:
        one.receive([arrival("0")])
        with psycopg.connect(server.conninfo) as turn, ThreadPoolExecutor() as threads:
            turn.execute("SET search_path TO wardwise_inbox")
            turn.execute(queries("inbox")["take_turn"])
            first = threads.submit(other.receive, [arrival("1")])
            until_so_many_wait(server, 1)
            second = threads.submit(one.receive, [arrival("2")])  # it supposes that the next receipt is its own
            until_so_many_wait(server, 2)
            turn.rollback()
            assert [raw.sequence for each in (first, second) for raw in each.result()] == [2, 3]


def until_so_many_wait(server: Server, doors: int) -> None:
    """Until so many doors wait for their turn."""
    asked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with psycopg.connect(server.conninfo, autocommit=True) as master:
        assert any(master.execute(asked).fetchone() == (doors,) for _ in range(20_000))


@pytest.mark.parametrize("seed", range(4))
def test_doors_that_know_nothing_of_one_another_give_the_receipts_that_one_alone_would(
    doors: list[PostgresInbox], arrival: Any, seed: int
) -> None:
    chance, alone = random.Random(seed), MemoryInbox()  # noqa: S311
    for _ in range(40):
        group = [
            arrival(
                chance.choice(["", *map(str, range(40))]),
                chance.choice([b"a", b"a", b"b"]),
                source=chance.choice(["adt", "lab"]),
                refusal=chance.choice(["", "", "", "", "", "", "", "no"]),
            )
            for _ in range(chance.randint(1, 5))
        ]
        assert chance.choice(doors).receive(group) == alone.receive(group)
    counts = doors[0].counts("st")
    assert counts == alone.counts("st")
    assert min(counts.stored, counts.duplicate, counts.conflict, counts.refused) > 0
    assert doors[0].verify().receipts == counts.received
