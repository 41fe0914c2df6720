"""What the web's door lets in: which names it is reached by, who may call it from another page, how it is secured."""

from dataclasses import dataclass

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorway:
    """`hosts` are further names of this server, `origins` the EHR pages that may call CDS Hooks, with scheme and port.

    `secure` says that people reach it by https; cookies then carry the `__Host-` name.
    """

    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    secure: bool = False

    def knows(self, host: str) -> bool:
        """Whether a Host header names this server; the port is left aside."""
        return _name(host) in LOOPBACK | self.hosts


def _name(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower()
