"""HL7 v2 escape sequences, undone and made. A bad escape is left as it stands; nothing raises."""

import re
from collections.abc import Callable
from functools import lru_cache

from wardwise.feeds.hl7v2.separators import NEVER, Separators

MOST_REPEATS = 50  # `\.sp99999\` is a formatting hint, not leave to fill the memory
DEEPEST = 4

KNOWN = (
    r"[FSTREPHN]"
    r"|\.(?:br|ce|fi|nf)"
    r"|\.(?:sp|sk|in|ti)[+-]?\d{0,6}"
    r"|[Xx](?:[0-9A-Fa-f])++"
)


def unescape(text: str, separators: Separators, *, layers: int = 1) -> str:
    r"""Undo escapes; \H\, \N\ and indents vanish, \Zxx\ and the unknown stay, \.br\ is a line feed.

    `layers=2` is for interface engines that escape twice, so that `\E\X09\E\` is a tab and not `\X09\`.
    """
    for _ in range(min(layers, DEEPEST)):
        if separators.escape not in text:
            break
        pattern, meaning = _undoing(separators)
        text = pattern.sub(meaning, text)
    return text


def escape(text: str, separators: Separators) -> str:
    r"""Make any text safe inside a field; line feeds become \.br\ and other controls \Xhh\."""
    mark = separators.escape
    if mark == NEVER:
        return text.translate({ord(one): " " for one in "\r\n\x0b\x1c"})
    return text.translate(_escapes(separators))


@lru_cache(maxsize=64)
def _escapes(separators: Separators) -> dict[int, str]:
    mark = separators.escape
    table = {code: f"{mark}X{code:02X}{mark}" for code in (*range(32), 127)}
    table[ord("\n")] = f"{mark}.br{mark}"
    table |= {ord(sign): f"{mark}{letter}{mark}" for letter, sign in _letters(separators).items()}
    return table


def _letters(separators: Separators) -> dict[str, str]:
    letters = {
        "F": separators.field,
        "S": separators.component,
        "T": separators.subcomponent,
        "R": separators.repetition,
        "E": separators.escape,
        "P": separators.truncation,
    }
    return {letter: sign for letter, sign in letters.items() if sign != NEVER}


@lru_cache(maxsize=64)
def _undoing(separators: Separators) -> tuple[re.Pattern[str], Callable[[re.Match[str]], str]]:
    mark = re.escape(separators.escape)
    fixed = _letters(separators) | {"H": "", "N": "", ".br": "\n", ".ce": "\n", ".fi": "", ".nf": ""}

    def meaning(found: re.Match[str]) -> str:
        body = found[1]
        known = fixed.get(body)
        if known is not None:
            return known
        if body[0] in "Xx":
            return _hexadecimal(body[1:])
        return found[0] if body[0] != "." else _layout(body[1:3], body[3:])

    return re.compile(f"{mark}({KNOWN}){mark}"), meaning


def _layout(command: str, count: str) -> str:
    sign = {"sp": "\n", "sk": " "}.get(command, "")
    digits = count.lstrip("+-")
    return sign * min(int(digits or 1), MOST_REPEATS)


def _hexadecimal(digits: str) -> str:
    if len(digits) in {3, 4} and digits.startswith("00"):
        digits = digits[-2:]  # some laboratories write a carriage return as X00D or X000D
    raw = bytes.fromhex(digits if len(digits) % 2 == 0 else "0" + digits)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
