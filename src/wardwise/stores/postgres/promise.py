"""What a server must promise before anything is acknowledged on its word."""

from collections.abc import Mapping

import psycopg

_OLDEST = 130_000  # PostgreSQL 13
_ASKED = """
SELECT name, setting FROM pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'server_version', 'server_version_num',
    'server_encoding')
"""


def settings_of(connection: psycopg.Connection) -> dict[str, str]:
    """The settings that durability hangs on, as they are for this role now."""
    return {str(name): str(value) for name, value in connection.execute(_ASKED).fetchall()}


def broken_promise(told: Mapping[str, str]) -> tuple[str, str] | None:
    """What is wrong with a server's settings, and the remedy; None when a commit is safe there."""
    if told["fsync"] == "off":
        return "fsync is off, so a power cut would lose what was acknowledged", "Set fsync = on on that server."
    if told["full_page_writes"] == "off":
        return "full_page_writes is off, so a power cut may tear pages", "Set full_page_writes = on on that server."
    if told["synchronous_commit"] == "off":
        what = "synchronous_commit is off for this role, so a crash would lose what was acknowledged"
        return what, "Set it to on: ALTER ROLE ... SET synchronous_commit = on, or on the whole server."
    if int(told["server_version_num"]) < _OLDEST:
        return f"it is version {told['server_version_num']}", "Use PostgreSQL 13 or newer."
    if told["server_encoding"] != "UTF8":
        return f"the database's encoding is {told['server_encoding']}", "CREATE DATABASE ... ENCODING 'UTF8'."
    return None
