"""The types of single fields, each with a message that says what to write."""

import codecs
import re
from datetime import date, time
from decimal import Decimal
from ipaddress import ip_address, ip_network
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field

from wardwise.hospital.place import is_slug
from wardwise.sites.broken import nearest, wrong

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_KIND = re.compile(r"[a-z]+\.[a-z_]+")
_KIND_OF = re.compile(r"[a-z]+\.[a-z_]+(/[a-z][a-z0-9_]*)?")
_FILE = re.compile(r"(\.\./)?[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*\.(yaml|csv)")
_UCUM = re.compile(r"[!-~]{1,40}")
_FORMAT = re.compile(r"([^%A-Za-z0-9]|T|%[YymdHMSjbBfzIp])+")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def _slug(text: str) -> str:
    if not is_slug(text):
        raise wrong(f"`{text[:40]}` cannot be an id", "Use lower case letters, digits and hyphens, at most 39")
    return text


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise wrong(f"`{text[:40]}` cannot be a name", "Use lower case letters, digits and underscores")
    return text


def _kind(text: str) -> str:
    if not _KIND.fullmatch(text):
        raise wrong(f"`{text[:40]}` is not a kind of event", "Write noun and verb with a dot: `stay.admitted`")
    return text


def _kind_of(text: str) -> str:
    if not _KIND_OF.fullmatch(text):
        remedy = "Write `stay.admitted`, or `prediction.made/census` for another workflow's events"
        raise wrong(f"`{text[:40]}` is not a kind of event", remedy)
    return text


def _file(text: str) -> str:
    if not _FILE.fullmatch(text):
        raise wrong(f"`{text[:60]}` is not a file of this site", "Give a .yaml or .csv file inside the site's folder")
    return text


def _text(text: str) -> str:
    if not text.strip():
        raise wrong("is empty", "Write at least one word")
    return text.strip()


def _ucum(text: str) -> str:
    if not _UCUM.fullmatch(text):
        raise wrong(f"`{text[:40]}` is not a UCUM measure", "Write it without spaces: `mm[Hg]`, `/min`, `1`")
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = available_timezones()
        close = {name.lower(): name for name in known}
        hint = nearest(text, close) if text else "Write a name such as `America/Chicago`"
        hint = next((hint.replace(low, name) for low, name in close.items() if f"`{low}`" in hint), hint)
        remedy = hint if hint.startswith("Did") else "Write a name of the IANA list, such as `America/Chicago`"
        raise wrong(f"`{text[:40]}` is not a time zone", remedy) from None
    return text


def _clock(value: object) -> time:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise wrong(f"`{str(value)[:40]}` is not a time of day", "Write hours and minutes as `07:00`")
    return time.fromisoformat(value)


def _day(value: object) -> date:
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise wrong(f"`{str(value)[:40]}` is not a date", "Write year, month and day as `2026-03-01`")


def _cell(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise wrong("must be a number or text", "Write a number such as 12 or 0.85, or words")
    return Decimal(value) if isinstance(value, int) else value


def _charset(text: str) -> str:
    try:
        codecs.lookup(text)
    except (LookupError, ValueError):
        raise wrong(f"`{text[:40]}` is not a charset", "Write `utf-8`, `iso-8859-1` or `windows-1252`") from None
    return text


def _format(text: str) -> str:
    if not _FORMAT.fullmatch(text) or "%" not in text:
        raise wrong(f"`{text[:40]}` is not a date or time format", "Write it as `%Y-%m-%d %H:%M` or `%d/%m/%Y`")
    return text


def _host(text: str) -> str:
    if text == "localhost":
        return text
    try:
        ip_address(text)
    except ValueError:
        raise wrong(f"`{text[:60]}` is not an address", "Write an IP address such as `127.0.0.1`") from None
    return text


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        remedy = "Write an address such as `10.1.2.3` or a network such as `10.1.2.0/24`"
        raise wrong(f"`{text[:60]}` is neither an address nor a network", remedy) from None
    return text


def _beds(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        return [str(bed) if isinstance(bed, int) else bed for bed in value] if isinstance(value, list) else value
    if not 0 <= value <= 500:
        raise wrong(f"{value} beds cannot be right", "Write a count from 0 to 500, or the list of the beds' names")
    return [str(number) for number in range(1, value + 1)]


def one_or_many(value: object) -> object:
    """A text that stands where a list may is a list of one."""
    return [value] if isinstance(value, str) else value


Slug = Annotated[str, AfterValidator(_slug)]
Name = Annotated[str, AfterValidator(_name)]
Kind = Annotated[str, AfterValidator(_kind)]
KindOf = Annotated[str, AfterValidator(_kind_of)]
FileName = Annotated[str, AfterValidator(_file)]
Text = Annotated[str, Field(max_length=2000), AfterValidator(_text)]
Ucum = Annotated[str, AfterValidator(_ucum)]
Zone = Annotated[str, AfterValidator(_zone)]
ClockTime = Annotated[time, BeforeValidator(_clock)]
Day = Annotated[date, BeforeValidator(_day)]
Cell = Annotated[Decimal | str, BeforeValidator(_cell)]
Charset = Annotated[str, AfterValidator(_charset)]
Format = Annotated[str, AfterValidator(_format)]
Host = Annotated[str, AfterValidator(_host)]
Network = Annotated[str, AfterValidator(_network)]
Port = Annotated[int, Field(ge=0, le=65535)]
Minutes = Annotated[int, Field(ge=0, le=60 * 24 * 400)]
Share = Annotated[Decimal, Field(ge=0, le=1)]
Beds = Annotated[tuple[Slug, ...], BeforeValidator(_beds)]
Texts = Annotated[tuple[str, ...], BeforeValidator(one_or_many)]
