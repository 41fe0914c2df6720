"""A connection to a NATS server, made as the site says."""

import logging
from collections.abc import Mapping
from typing import Any

from nats.aio.client import Client
from nats.errors import Error as NatsError

from wardwise.brokers.sign_in import Files
from wardwise.sites.stream import Nats

CONNECT_SECONDS = 5.0
_PING_SECONDS = 3


class _ClientOverTls(Client):
    """The library asks for TLS where the server does, and would show our password to one that does not."""

    def _connect_command(self) -> bytes:
        if not self._server_info.get("tls_required"):
            raise NatsError("the server does not ask for TLS")
        return super()._connect_command()


def client_of(at: Nats) -> Client:
    """A client that is not connected yet. What the library logs is said here once, in our own words."""
    logging.getLogger("nats").setLevel(logging.CRITICAL)
    return Client() if at.tls is None else _ClientOverTls()


def told(at: Nats, files: Files) -> Mapping[str, Any]:
    """How the client is to connect; raises Unanswered for files that cannot be used."""
    context = files.context(at.tls)
    scheme = "nats" if context is None else "tls"
    return {
        "servers": [f"{scheme}://{server}" for server in at.servers],
        "name": "wardwise",
        "allow_reconnect": False,  # a connection is made anew here, with the files as they are then
        "max_reconnect_attempts": 1,  # for the first one each server is tried so often
        "reconnect_time_wait": 0,
        "connect_timeout": round(CONNECT_SECONDS),
        "ping_interval": _PING_SECONDS,
        "max_outstanding_pings": 2,
        "tls": context,
        "user": at.user,
        "password": files.secret(at.password),
        "token": files.secret(at.token),
        "user_credentials": files.credentials(at.credentials),
    }
