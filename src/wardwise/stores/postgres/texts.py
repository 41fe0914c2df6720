"""Texts as PostgreSQL takes them: a NUL, which it refuses in any text, is written with a backslash.

A message may hold a NUL where a control id is, and must be kept all the same. Escaping loses nothing.
"""

from psycopg import Connection
from psycopg.abc import Buffer
from psycopg.types.string import StrBinaryDumper, StrDumperUnknown, TextBinaryLoader, TextLoader


def escape(text: str) -> str:
    r"""Backslashes doubled, NULs as \0."""
    return text.replace("\\", "\\\\").replace("\x00", "\\0") if "\\" in text or "\x00" in text else text


def unescape(text: str) -> str:
    """What was escaped."""
    if "\\" not in text:
        return text
    return "\\".join(part.replace("\\0", "\x00") for part in text.split("\\\\"))


class _Dumper(StrDumperUnknown):
    def dump(self, obj: str) -> Buffer | None:
        return super().dump(escape(obj))


class _BinaryDumper(StrBinaryDumper):
    def dump(self, obj: str) -> Buffer | None:
        return super().dump(escape(obj))


class _Loader(TextLoader):
    def load(self, data: Buffer) -> bytes | str:
        return unescape(str(super().load(data)))


class _BinaryLoader(TextBinaryLoader):
    def load(self, data: Buffer) -> bytes | str:
        return unescape(str(super().load(data)))


def escape_texts(connection: Connection) -> None:
    """Let every text of a connection be escaped on its way in and unescaped on its way out."""
    connection.adapters.register_dumper(str, _BinaryDumper)
    connection.adapters.register_dumper(str, _Dumper)  # the last one serves where a statement does not say which
    connection.adapters.register_loader("text", _Loader)
    connection.adapters.register_loader("text", _BinaryLoader)
