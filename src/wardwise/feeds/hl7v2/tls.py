"""The certificates of an MLLP door: TLS 1.2 or newer, clients' certificates where the site asks for them."""

import os
import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from wardwise.errors import NotRunnable

_REMEDY = "Give certificate, key and authority as PEM files that this service may read; see `tls` in site.yaml."

Stamp = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Credentials:
    """The files of a door's certificate; `authority` signs those of its senders, None asks for none."""

    certificate: Path
    key: Path
    authority: Path | None = None

    def context(self) -> ssl.SSLContext:
        """What a handshake needs, as the files hold it now; raises NotRunnable."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self.certificate, self.key, password=_no_password)
            if self.authority is not None:
                context.load_verify_locations(self.authority)
                context.verify_mode = ssl.CERT_REQUIRED
        except (OSError, ValueError) as fault:
            what = getattr(fault, "reason", None) or getattr(fault, "strerror", None) or str(fault)
            raise NotRunnable(
                what="TLS on the MLLP door", why=f"its files cannot be used ({what})", remedy=_REMEDY
            ) from None
        return context

    def stamp(self) -> Stamp:
        """Which files these are now: it changes when one of them is replaced. A file that is away counts as before."""
        return tuple((found.st_mtime_ns, found.st_ino) for file in self.files if (found := _found(file)) is not None)

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that is read."""
        return (self.certificate, self.key) if self.authority is None else (self.certificate, self.key, self.authority)


def expiry(file: Path) -> datetime:
    """When the first of a file's certificates to end does so; raises NotRunnable where it holds none."""
    try:
        certificates = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError):
        raise NotRunnable(what=f"the certificate {file.name}", why="it cannot be read", remedy=_REMEDY) from None
    return min(each.not_valid_after_utc for each in certificates)


def _no_password() -> str:
    raise ValueError("the key is locked by a password")


def _found(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None
