"""One spelling for every payload, so that equal facts have equal bytes and equal hashes."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

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
    if isinstance(value, float):
        raise ImpossibleValue(
            what=f"a payload holds the binary fraction {value!r}",
            remedy="Write it as text with canonical.decimal(...).",
        )
    for item in _inside(value):
        if type(item) not in _PLAIN:
            _refuse_floats(item)


def _inside(value: Json) -> Iterable[Json]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
