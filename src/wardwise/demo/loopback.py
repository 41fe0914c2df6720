"""The demo's one rule about addresses."""

from ipaddress import ip_address

from wardwise.demo.errors import NotLoopback


def require_loopback(host: str) -> str:
    """The host unchanged if only this machine can be meant; raises NotLoopback."""
    if host == "localhost":
        return host
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise NotLoopback(address=host)
    return host
