"""The files by which a broker knows us and we know it, read anew at each connection: they may have been changed."""

import re
import ssl
from dataclasses import dataclass
from pathlib import Path

from wardwise.errors import Unanswered
from wardwise.sites.secrecy import exposure
from wardwise.sites.stream import ClientTls

_CREDENTIALS = re.compile(
    rb".*BEGIN NATS USER JWT-+\r?\n[^\s]+\r?\n.*BEGIN USER NKEY SEED-+\r?\n(?P<seed>[A-Z2-7]+)\r?\n.*", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Files:
    """Files below a site's folder, where they are not absolute. Secrets that others may read are not used."""

    site: Path

    def secret(self, named: str | None) -> str | None:
        """What a file holds, without the end of its line; raises Unanswered."""
        if named is None:
            return None
        self._keep_to_us(named)
        try:
            return (self.site / named).read_text("utf-8").rstrip("\r\n")
        except (OSError, ValueError) as fault:
            raise _unread("password or token", fault) from None

    def credentials(self, named: str | None) -> Path | None:
        """Where a file of NATS credentials is; raises Unanswered when it is none: the library reads on for ever."""
        if named is None:
            return None
        import nkeys  # noqa: PLC0415 - of NATS alone

        self._keep_to_us(named)
        try:
            held = _CREDENTIALS.fullmatch((self.site / named).read_bytes())
            if held is None:
                raise ValueError("no token, or no seed behind it")
            nkeys.from_seed(bytearray(held["seed"]))
        except (OSError, ValueError, nkeys.NkeysError) as fault:
            raise _unread("credentials", fault) from None
        return self.site / named

    def context(self, tls: ClientTls | None) -> ssl.SSLContext | None:
        """Checks the broker's certificate and its name; TLS 1.2 or newer. Raises Unanswered."""
        if tls is None:
            return None
        self._keep_to_us(tls.key)
        try:
            context = ssl.create_default_context()
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if tls.authority is not None:
                context.load_verify_locations(self.site / tls.authority)
            if tls.certificate is not None and tls.key is not None:
                context.load_cert_chain(self.site / tls.certificate, self.site / tls.key, password=_no_password)
        except (OSError, ValueError) as fault:
            raise _unread("certificates or key", fault) from None
        return context

    def _keep_to_us(self, named: str | None) -> None:
        if why := exposure(None if named is None else self.site / named):
            raise Unanswered(what="a connection", why=why)


def _no_password() -> str:
    raise ValueError("the key is locked by a password")


def _unread(what: str, fault: Exception) -> Unanswered:
    why = f"our own file of {what} cannot be used ({type(fault).__name__})"
    return Unanswered(what="a connection", why=why)
