"""The closed list of named functions and conversions a mapping may use; there is no other code in a mapping."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum

from wardwise.hospital.vital import celsius

_SPACES = re.compile(r"\s+")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


class Function(StrEnum):
    """A change to one text, before any table is asked."""

    LOWER = "lower"
    UPPER = "upper"
    SLUG = "slug"  # lower case, every run of other characters one hyphen: `Bay 07/A` is bay-07-a
    DIGITS = "digits"  # the digits alone
    UNPAD = "unpad"  # without leading zeros; all zeros is 0
    FIRST_WORD = "first_word"
    SQUEEZE = "squeeze"  # every run of blanks one blank: `WARD  4` is WARD 4
    DECIMAL_COMMA = "decimal_comma"  # a number written with a comma: `7,4` is 7.4, `1.234,5` is 1234.5


class Conversion(StrEnum):
    """A change of measure, exact in decimals, to the precision its result is charted in."""

    FAHRENHEIT_TO_CELSIUS = "fahrenheit_to_celsius"
    FRACTION_TO_PERCENT = "fraction_to_percent"
    KPA_TO_MMHG = "kpa_to_mmhg"
    POUND_TO_KILOGRAM = "pound_to_kilogram"
    INCH_TO_CENTIMETRE = "inch_to_centimetre"
    GRAM_PER_LITRE_TO_PER_DECILITRE = "gram_per_litre_to_per_decilitre"


def _decimal_comma(text: str) -> str:
    if text.count(",") != 1:
        return text
    whole, _, fraction = text.partition(",")
    return text if "." in fraction else f"{whole.replace('.', '')}.{fraction}"


FUNCTIONS: Mapping[Function, Callable[[str], str]] = {
    Function.LOWER: str.lower,
    Function.UPPER: str.upper,
    Function.SLUG: lambda text: _NOT_SLUG.sub("-", text.lower()).strip("-"),
    Function.DIGITS: lambda text: "".join(letter for letter in text if letter in "0123456789"),
    Function.UNPAD: lambda text: text.lstrip("0") or text[-1:],
    Function.FIRST_WORD: lambda text: text.split(maxsplit=1)[0] if text.split() else "",
    Function.SQUEEZE: lambda text: _SPACES.sub(" ", text),
    Function.DECIMAL_COMMA: _decimal_comma,
}

CONVERSIONS: Mapping[Conversion, Callable[[Decimal], Decimal]] = {
    Conversion.FAHRENHEIT_TO_CELSIUS: celsius,
    Conversion.FRACTION_TO_PERCENT: lambda number: number * 100,
    Conversion.KPA_TO_MMHG: lambda number: (number * Decimal("7.50062")).quantize(Decimal("0.1")),
    Conversion.POUND_TO_KILOGRAM: lambda number: (number * Decimal("0.45359237")).quantize(Decimal("0.01")),
    Conversion.INCH_TO_CENTIMETRE: lambda number: (number * Decimal("2.54")).quantize(Decimal("0.1")),
    Conversion.GRAM_PER_LITRE_TO_PER_DECILITRE: lambda number: number / 10,
}
