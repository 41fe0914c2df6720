"""Where a site keeps its log when it is not in the data folder."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from wardwise.sites.fields import Text

_PASSWORD = re.compile(r"//[^/@]*:[^/@]*@|[?&\s]password=|^password=", re.IGNORECASE)


def without_password(address: str) -> str:
    """An address, if it holds no password: what is written here is kept with every decision and shown."""
    if _PASSWORD.search(address):
        raise ValueError("holds a password; name a file with it in `password_file`, or set WARDWISE_STORE_PASSWORD")
    return address


class StoreAt(BaseModel, frozen=True, extra="forbid"):
    """A PostgreSQL database. `password_file` is absolute or below the site's folder, and its owner's alone."""

    address: Annotated[
        Text, AfterValidator(without_password), Field(description="such as postgresql://wardwise@db.example/wardwise")
    ]
    password_file: Text | None = None
