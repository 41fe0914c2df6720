"""The signed cookie that says who is at the screen: a role and initials."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from wardwise.hospital.moment import micros, moment
from wardwise.hospital.role import Role
from wardwise.loop.capture.canonical import canonical

LASTS = timedelta(days=7)  # of hospital time; the browser lets go of it sooner
BROWSER_KEEPS_SECONDS = 12 * 60 * 60
LONGEST_ACTOR = 60


@dataclass(frozen=True, slots=True)
class Badge:
    """Who answers: stands on every response."""

    role: Role
    actor: str


def cookie_name(*, secure: bool) -> str:
    """`__Host-role` over https; browsers refuse that prefix without Secure, so plain `role` on loopback http."""
    return "__Host-role" if secure else "role"


def signed(key: bytes, badge: Badge, at: datetime) -> str:
    """The cookie's value: what it says and an HMAC-SHA256 of it, both in URL-safe base 64."""
    said = canonical({"role": badge.role.value, "actor": badge.actor, "at": micros(at)})
    return f"{_text(said)}.{_text(_mac(key, said))}"


def read(key: bytes, cookie: str | None, now: datetime) -> Badge | None:
    """The badge of a cookie we signed that has not run out; None otherwise, without saying why."""
    said_text, _, mac_text = (cookie or "").partition(".")
    said, mac = _bytes(said_text), _bytes(mac_text)
    if not said or not hmac.compare_digest(mac, _mac(key, said)):
        return None
    content = json.loads(said)
    if now - moment(content["at"]) > LASTS:
        return None
    return Badge(Role(content["role"]), content["actor"])


def slip(key: bytes, *parts: str) -> str:
    """A number for one form in one state of the advice, which nobody can guess and a double click repeats."""
    return _text(_mac(key, b"form\x1f" + "\x1f".join(parts).encode()))[:32]


def _mac(key: bytes, said: bytes) -> bytes:
    return hmac.new(key, said, hashlib.sha256).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        return b""
