"""One spelling for a configuration, so that equal configurations have equal bytes: sorted keys, no spaces,
numbers with their digits, times and dates as ISO text.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from enum import Enum


def spelled(value: object) -> str:
    """Canonical JSON of a dumped model. Decimals are JSON numbers with their own digits, never floats."""
    if isinstance(value, Mapping):
        items = sorted((str(key), spelled(each)) for key, each in value.items())
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{each}" for key, each in items) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(spelled(each) for each in value) + "]"
    return _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, time):
        return json.dumps(value.strftime("%H:%M"))
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    if isinstance(value, Enum):
        return json.dumps(value.value, ensure_ascii=False)
    if value is None or isinstance(value, bool | int | str):
        return json.dumps(value, ensure_ascii=False)
    raise TypeError(f"a configuration cannot hold a {type(value).__name__}")


def unspelled(text: str) -> object:
    """The plain content of a spelled configuration; numbers with a fraction come back as Decimal."""
    return json.loads(text, parse_float=Decimal)
