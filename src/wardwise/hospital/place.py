"""Places: a site is a slug, a unit is `site/unit`, a bed is `site/unit/bed`."""

import re

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,38}")


def is_slug(text: str) -> bool:
    """Whether text can name a site, unit or bed: lower case letters, digits and hyphens."""
    return _SLUG.fullmatch(text) is not None


def unit_of(site: str, unit: str) -> str:
    """The key of a unit: `unit_of("demo", "4a") == "demo/4a"`."""
    return f"{site}/{unit}"


def bed_of(unit: str, bed: str) -> str:
    """The key of a bed in a unit given by its key: `bed_of("demo/4a", "12") == "demo/4a/12"`."""
    return f"{unit}/{bed}"


def name_of(key: str) -> str:
    """The last part of a unit's or bed's key."""
    return key.rsplit("/", 1)[-1]
