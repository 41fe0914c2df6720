"""An SFTP server that a feed's files are fetched from: where it is, how it is known, and how we say who we are."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from wardwise.sites.broken import Problem, wrong
from wardwise.sites.fields import Text

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise wrong(f"`{text[:60]}` is not the name or address of a server", "Write it as `files.example`, no user")
    return text


class Sftp(BaseModel, frozen=True, extra="forbid"):
    """A folder on a server. Files named here are absolute or below the site's folder.

    `known_hosts` holds the server's key as ssh writes it: a server with any other key is sent nothing. `key` is the
    file of a private key without a passphrase, `password` that of a password; one of the two, its owner's alone. The
    folder is listed `every_seconds`. With `remove` a file goes from the server once it is in our inbox; nothing else is
    ever changed there.
    """

    host: Annotated[str, AfterValidator(_host), Field(description="the server's name or address")]
    port: Annotated[int, Field(ge=1, le=65_535)] = 22
    user: Text = Field(description="who we are there")
    folder: Text = Field(description="the folder there, such as outgoing/roster")
    known_hosts: Text = Field(description="the file with the server's key, as in ~/.ssh/known_hosts")
    key: Text | None = None
    password: Text | None = None
    every_seconds: Annotated[int, Field(ge=1, le=86_400)] = 60
    remove: bool = False

    def problems(self) -> Iterator[Problem]:
        """Two ways to say who we are, or none."""
        if (self.key is None) == (self.password is None):
            what = "is missing, and so is `password`" if self.key is None else "stands beside `password`"
            yield Problem(("key",), what, "Give one of the two: the file of a private key, or that of a password")
