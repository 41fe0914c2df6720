"""Who is at the other end of a connection: an address, and over TLS a certificate; and whom it may speak for."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from wardwise.sites.feed import FINGERPRINT, Identity


@dataclass(frozen=True, slots=True)
class Peer:
    """The sender's address, and the names its certificate has been proved to hold, its fingerprint among them."""

    address: str = ""
    names: frozenset[str] = frozenset()
    over_tls: bool = False

    def within(self, networks: Sequence[str]) -> bool:
        """Whether the address lies in one of the networks."""
        if not self.address:
            return False
        # An IPv4 sender of a listener for both shows as ::ffff:10.1.2.3.
        address = ip_address(self.address.partition("%")[0])
        plain = getattr(address, "ipv4_mapped", None) or address
        return any(plain in ip_network(network) for network in networks)

    def why_not(self, identity: Identity) -> str:
        """Why this peer may not speak under an identity; empty when it may."""
        if identity.addresses and not self.within(identity.addresses):
            return "its address is not one of the feed's `identity`"
        if identity.certificates and not self.names & set(identity.certificates):
            shown = "its certificate is not one of" if self.names else "it showed no certificate, as asked by"
            return f"{shown} the feed's `identity`"
        return ""


NOBODY = Peer()


def peer_of(transport: asyncio.BaseTransport) -> Peer:
    """The peer of a connection; its certificate's names only where the handshake verified it."""
    found = transport.get_extra_info("peername")
    address = str(found[0]) if isinstance(found, tuple) else ""
    tls = transport.get_extra_info("ssl_object")
    names = frozenset(_names(tls)) if tls is not None else frozenset[str]()
    return Peer(address, names, over_tls=tls is not None)


def _names(tls: Any) -> Iterator[str]:
    told = tls.getpeercert()  # empty where it was not verified
    if not told:
        return
    for part in told.get("subject", ()):
        yield from (value for kind, value in part if kind == "commonName")
    yield from (value for kind, value in told.get("subjectAltName", ()) if kind in {"DNS", "URI"})
    yield FINGERPRINT + hashlib.sha256(tls.getpeercert(binary_form=True)).hexdigest()
