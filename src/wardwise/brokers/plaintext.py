"""Keeps what is not encrypted on this machine: a broker here may say that others are to be asked instead.

A site may name brokers of this machine alone where it asks for no TLS. Those tell their clients where each partition
and group is, and the library would go there, with our password.
"""

from collections.abc import Mapping
from typing import Any

from aiokafka import client
from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import KafkaConnectionError

from wardwise.errors import NotRunnable, Unanswered
from wardwise.sites.this_machine import is_this_machine


def keep_plaintext_here() -> None:
    """Have the library connect through here; raises NotRunnable for a library that connects otherwise."""
    if getattr(client, "create_conn", None) not in {create_conn, _connect}:
        raise NotRunnable(
            what="a connection to Kafka",
            why="the installed aiokafka is not one that can be kept from going elsewhere without TLS",
            remedy="Install the version of requirements-dev.lock.",
        )
    client.create_conn = _connect


async def see_who_would_answer(told: Mapping[str, Any]) -> None:
    """Ask whom brokers send their clients to; raises Unanswered for one elsewhere, KafkaError where none answers."""
    if told["ssl_context"] is not None:
        return
    asked = client.AIOKafkaClient(**told)
    try:
        await asked.bootstrap()
        elsewhere = sorted(
            f"{each.host}:{each.port}" for each in asked.cluster.brokers() if not is_this_machine(each.host)
        )
    finally:
        await asked.close()
    if elsewhere:
        raise Unanswered(
            what="a connection",
            why=f"it sends its clients on to {elsewhere[0][:80]}, which is not this machine, and nothing would be "
            "encrypted on the way; give the feed `tls`, or have the broker advertise this machine",
        )


async def _connect(host: str, port: int, **told: Any) -> AIOKafkaConnection:
    """The last word, also on what brokers say later."""
    if told.get("ssl_context") is None and not is_this_machine(host):
        raise KafkaConnectionError("it is not this machine, and nothing would be encrypted")
    return await create_conn(host, port, **told)
