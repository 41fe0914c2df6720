"""Which hosts are this machine: what is said to any other goes over a network, and is encrypted there."""

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def is_this_machine(host: str) -> bool:
    """Whether what is said to a host stays on this machine, so that nobody need encrypt it."""
    return host.removeprefix("[").removesuffix("]").lower() in _LOOPBACK
