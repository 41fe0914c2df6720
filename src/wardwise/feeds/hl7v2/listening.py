"""The ear of an MLLP door: one listening socket; over TLS a certificate that was replaced is used from then on."""

import asyncio
import os

import structlog

from wardwise.errors import NotRunnable
from wardwise.feeds.hl7v2.door import MllpDoor
from wardwise.feeds.hl7v2.tls import Credentials, Stamp

_LOG = structlog.get_logger("mllp")


class Listening:
    """Listens for one door. Connections that are open keep the certificate they began with."""

    def __init__(self, door: MllpDoor, credentials: Credentials | None = None) -> None:
        """`credentials` None: plain text."""
        self._door = door
        self._credentials = credentials
        self._stamp: Stamp = ()
        self._servers: list[asyncio.Server] = []

    async def open(self, host: str, port: int) -> int:
        """Begin to listen; returns the port. Raises NotRunnable for certificates that cannot be used."""
        context = None
        if self._credentials is not None:
            self._stamp, context = self._credentials.stamp(), self._credentials.context()
        self._servers = [await self._door.open(host, port, context=context)]
        return int(self._servers[0].sockets[0].getsockname()[1])

    @property
    def hears(self) -> bool:
        """Whether a sender that comes now is let in: every socket listens, and there is a descriptor left for it."""
        try:
            os.close(os.dup(self._servers[0].sockets[0].fileno()))
        except OSError:
            return False
        return all(server.is_serving() for server in self._servers)

    async def look(self) -> None:
        """Read the certificate's files again if they have changed; files that cannot be used change nothing."""
        if self._credentials is None or (stamp := self._credentials.stamp()) == self._stamp:
            return
        self._stamp = stamp
        try:
            context = self._credentials.context()
        except NotRunnable as fault:
            _LOG.error("the new certificate cannot be used; the old one stays", fault=str(fault))
            return
        # The same listening sockets under new servers, so that no sender finds the port closed.
        before = self._servers
        sockets = [each.dup() for server in before for each in server.sockets]
        self._servers = [await self._door.listen(each, context) for each in sockets]
        for server in before:
            server.close()
        _LOG.info("a new certificate is in use")

    async def close(self) -> None:
        """Hear no more, answer what was taken in, let go of every connection."""
        for server in self._servers:
            server.close()
        await self._door.close()
