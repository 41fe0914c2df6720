"""Reads small HTML forms: urlencoded only, no files, each field once."""

from urllib.parse import parse_qsl

from fastapi import Request

MOST_FIELDS = 20


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of a form; empty when the body is no form. The door has already limited its size."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    try:
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return dict(pairs)
