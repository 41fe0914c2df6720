"""Who else knocks at an MLLP door: told in plain words beside the bytes that are kept."""

_METHODS = (b"GET ", b"POST ", b"PUT ", b"HEAD ", b"OPTIONS ", b"CONNECT ", b"PRI * HTTP/2")
_TLS_HANDSHAKE = b"\x16\x03"
_PROXY = (b"PROXY ", b"\r\n\r\n\0\r\nQUIT\n")
_SSH = b"SSH-"


def stranger(junk: bytes) -> str:
    """What bytes that are no frame look like; empty where nothing is known about them."""
    if junk.startswith(_TLS_HANDSHAKE):
        return "a TLS handshake; this door speaks MLLP without TLS"
    if junk.startswith(_METHODS):
        return "an HTTP request; this door speaks MLLP"
    if junk.startswith(_PROXY):
        return "a PROXY header; turn it off where connections to this door are passed on"
    return "an SSH client; this door speaks MLLP" if junk.startswith(_SSH) else ""
