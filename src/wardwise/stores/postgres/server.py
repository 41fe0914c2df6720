"""Which PostgreSQL: its address, whose password is never shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from wardwise.errors import NotAllowed
from wardwise.sites.this_machine import is_this_machine

# A server that is gone is noticed within seconds, not after the two hours a connection may seem alive.
_PATIENCE = {
    "connect_timeout": "3",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A database on a server. wardwise has three schemas there: wardwise_events, wardwise_inbox, wardwise_vault."""

    conninfo: str = field(repr=False)
    shown: str


def server_of(address: str, *, password: str = "") -> Server:
    """The server at an address such as `postgresql://user@host/database`; raises NotAllowed.

    What libpq finds by itself (PGPASSWORD, .pgpass, a service file, certificates) is found too. A server that is not on
    this machine must show the certificate of its name, unless the address says `sslmode` itself: wherever the host was
    found, and whatever PGSSLMODE says.
    """
    try:
        told = conninfo_to_dict(address)
    except psycopg.ProgrammingError:  # its message repeats the address, which may hold the password
        raise NotAllowed(
            what="The address of the PostgreSQL server",
            why="it cannot be read",
            remedy="Write it as postgresql://USER@HOST:PORT/DATABASE, special characters as %40 and so on.",
        ) from None
    secret = {"password": password} if password else {}
    host = _host(told)
    tls = {} if _is_here(host) else {"sslmode": "verify-full"}
    place = f"{host or 'the local socket'}:{told.get('port', 5432)}/{told.get('dbname', '')}"
    conninfo = make_conninfo("", **{**_PATIENCE, **tls, "application_name": "wardwise", **told, **secret})
    return Server(conninfo, f"postgresql://{place}")


def _host(told: Mapping[str, Any]) -> str:
    """Where libpq would go, also by the environment. What a service of the address says is known to libpq alone."""
    if "service" in told and not told.get("hostaddr"):
        return f"service {told['service']}"
    found = {option.keyword.decode(): (option.val or b"").decode() for option in pq.Conninfo.get_defaults()}
    return next((str(host) for name in ("hostaddr", "host") if (host := told.get(name) or found.get(name))), "")


def _is_here(hosts: str) -> bool:
    """Whether each of the hosts is this machine, or a socket on it."""
    return all(not host or host[0] in "/@" or is_this_machine(host) for host in hosts.split(","))


def answers(server: Server) -> bool:
    """Whether it takes connections: not while it is away, starts or recovers. A refusal of ours is an answer too."""
    return pq.PGconn.ping(server.conninfo.encode()) in {pq.Ping.OK, pq.Ping.NO_ATTEMPT}
