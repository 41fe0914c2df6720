"""One spelling for every payload, so that equal facts have equal bytes and equal hashes."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from wardwise.errors import ImpossibleValue

_SPELLING = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_PLAIN = frozenset({str, int, bool, type(None)})

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


def canonical(value: Json) -> bytes:
    """JSON in UTF-8 with sorted keys and no spaces; decimals must come as text.

    Raises ImpossibleValue for a binary fraction: `0.1` has no single spelling, `"0.1"` has.
    """
    _refuse_floats(value)
    return _SPELLING.encode(value).encode()


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def decimal(number: float) -> str:
    """The shortest text that reads back as the same number; what payloads hold for decimals."""
    return repr(float(number))


def _refuse_floats(value: Json) -> None:
    if type(value) in _PLAIN:
        return
    if isinstance(value, float):
        raise ImpossibleValue(
            what=f"a payload holds the binary fraction {value!r}",
            remedy="Write it as text with canonical.decimal(...).",
        )
    if isinstance(value, Mapping):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            _refuse_floats(item)
