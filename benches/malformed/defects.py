"""The classes of defects: what is made wrong, and under which reason it has to come to light."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from benches.malformed import goods

Good = Callable[[Random, str], str]
Spoil = Callable[[str, Random], str | bytes]


@dataclass(frozen=True, slots=True)
class Defect:
    """`of` are the sound inputs that it spoils; `told` is what a reason of theirs must match."""

    of: tuple[Good, ...]
    spoil: Spoil
    told: str


ADT, RESULTS, MERGE, ROSTER = (goods.adt,), (goods.results,), (goods.merge,), (goods.roster,)
ADMISSION = (goods.admission,)
ANY = (goods.adt, goods.results)


def field(segment: str, number: int, value: str) -> Spoil:
    """Another value in a field, wherever the segment stands; MSH is counted as HL7 counts it."""
    place = number - 1 if segment == "MSH" else number

    def spoil(text: str, _chance: Random) -> str:
        lines = text.split("\r")
        for at, line in enumerate(lines):
            if line.startswith(segment):
                cells = [*line.split("|"), *("",) * place]
                cells[place] = value
                lines[at] = "|".join(cells).rstrip("|")
        return "\r".join(lines)

    return spoil


def without(segment: str) -> Spoil:
    """No such segment."""
    return lambda text, _: "\r".join(line for line in text.split("\r") if not line.startswith(segment))


def one_of(*spoils: Spoil) -> Spoil:
    """One of several ways to be wrong."""
    return lambda text, chance: chance.choice(spoils)(text, chance)


def swap(old: str, *new: str) -> Spoil:
    """A text in place of another."""
    return lambda text, chance: text.replace(old, chance.choice(new))


def _times(value: str) -> Spoil:
    def spoil(text: str, _chance: Random) -> str:
        return re.sub(r"20260301\d{6}", value, text)

    return spoil


def _cell(column: int, *values: str) -> Spoil:
    def spoil(text: str, chance: Random) -> str:
        lines = text.split("\r\n")
        row = chance.randrange(1, len(lines) - 1)
        cells = lines[row].split(",")
        cells[column] = chance.choice(values)
        return "\r\n".join([*lines[:row], ",".join(cells), *lines[row + 1 :]])

    return spoil


def _row(change: Callable[[str], str]) -> Spoil:
    def spoil(text: str, chance: Random) -> str:
        lines = text.split("\r\n")
        row = chance.randrange(1, len(lines) - 1)
        return "\r\n".join([*lines[:row], change(lines[row]), *lines[row + 1 :]])

    return spoil


DEFECTS = {
    "the header is missing": Defect(ANY, without("MSH"), "refused 102"),
    "two marks are the same": Defect(ANY, swap("^~\\&", "^^\\&", "|~\\&", "^~~&"), "refused 102"),
    "the field separator is no ASCII": Defect(ANY, swap("|", "¦", "│"), "refused 102"),
    "the control id is missing": Defect(ANY, one_of(field("MSH", 10, ""), field("MSH", 10, "  ")), "refused 101"),
    "the message is in UTF-16": Defect(ANY, lambda text, _: text.encode("utf-16"), "refused 102"),
    "a training message": Defect(ANY, one_of(field("MSH", 11, "T"), field("MSH", 11, "D")), "refused 202"),
    "an answer in place of a message": Defect(ANY, field("MSH", 9, "ACK^A01"), "refused"),
    "cut off in the middle": Defect(
        ANY, lambda text, chance: text[: chance.randrange(60, len(text) - 2)] + "\x0bMSH", "refused 102"
    ),
    "more repetitions than may be": Defect(ANY, field("PID", 3, "~".join(["1^^^LGH"] * 300)), "refused 102"),
    "more components than may be": Defect(ANY, field("PID", 5, "^".join("x" * 200)), "refused 102"),
    "more segments than may be": Defect(ANY, lambda text, _: text + "NTE|1\r" * 5_000, "refused 102"),
    "the sender is unknown": Defect(ANY, one_of(field("MSH", 3, "EHR2"), field("MSH", 4, "")), "no-reader"),
    "the message type is missing": Defect(ANY, field("MSH", 9, ""), "no-reader"),
    "the trigger is none of the mapping's": Defect(
        ADT,
        one_of(
            field("MSH", 9, "ADT^A99"),
            lambda text, chance: field("MSH", 9, "ADT")(text.replace("EVN|A", "EVN|Z"), chance),
        ),
        "no-rule",
    ),
    "the segments stand in one line": Defect(
        ANY, swap("\r", " "), "no-encounter|nothing-mapped|no-rule|An update of a person"
    ),
    "segment names in lower case": Defect(ANY, swap("\rP", "\rp"), "no-encounter|An update of a person"),
    "the patient is missing": Defect(ADT, one_of(without("PID"), field("PID", 3, "")), "patient-unnamed"),
    "the visit is missing": Defect(
        ANY, one_of(without("PV1"), field("PV1", 19, "")), "no-encounter|nothing-mapped|An update of a person"
    ),
    "fields shifted by one": Defect(ADT, swap("PID|1||", "PID|1|"), "patient-unnamed|bad-value"),
    "the unit is unknown": Defect(
        ADMISSION, one_of(field("PV1", 3, "9Z^^01"), field("PV1", 3, "^^01")), "unknown-code|no-unit"
    ),
    "the bed is none": Defect(
        ADMISSION, field("PV1", 3, "4A^^bed number twelve by the window, left, second row"), "bed-unreadable"
    ),
    "the time is written in another way": Defect(ANY, _times("2026-03-01T08:00"), "bad-time"),
    "the time is no time": Defect(
        ANY, one_of(_times("20261301080000"), _times("20260230080000"), _times("yesterday")), "bad-time"
    ),
    "the time goes to the day only": Defect(ANY, _times("20260301"), "no-time"),
    "the time is to come": Defect(ANY, one_of(_times("20270301080000"), _times("20260305")), "impossible-time|no-time"),
    "the birth is to come": Defect(ADT, field("PID", 7, "20991231"), "impossible-time"),
    "the birth is no date": Defect(ADMISSION, field("PID", 7, "about 1950"), "bad-value"),
    "a patient is merged with itself": Defect(
        MERGE,
        lambda text, _: re.sub(r"MRG\|[^^]*", "MRG|" + text.split("PID|1||")[1].partition("^")[0], text),
        "merge-with-itself",
    ),
    "a merge of nothing": Defect(MERGE, one_of(without("MRG"), field("MRG", 1, "")), "nothing-mapped|not-of-its-kind"),
    "bytes of another charset": Defect(
        ANY,
        lambda text, _: text.replace("|||12 Elm", "|||Königstraße 12 Elm").encode("latin-1", "replace"),
        "charset-latin-1",
    ),
    "a charset that nobody knows": Defect(ANY, field("MSH", 18, "KOI-9"), "charset-unknown"),
    "a number that is none": Defect(RESULTS, field("OBX", 5, "12,5 or so"), "non-numeric"),
    "no number": Defect(RESULTS, field("OBX", 5, ""), "no-value"),
    "a measure that is unknown": Defect(RESULTS, field("OBX", 6, "furlong"), "unknown-measure"),
    "another quantity's measure": Defect(RESULTS, field("OBX", 6, "Cel"), "wrong-measure"),
    "no measure": Defect(RESULTS, field("OBX", 6, ""), "no-measure"),
    "a value no body shows": Defect(
        RESULTS,
        lambda text, _: re.sub(r"OBX\|1\|NM\|[^|]*\|\|\d+\|[^|]*", "OBX|1|NM|8867-4^x^LN||900|/min", text),
        "out-of-physical-range",
    ),
    "a code that is unknown": Defect(
        RESULTS, lambda text, _: re.sub(r"\|NM\|[^^]*", "|NM|0000-0", text), "nothing-mapped"
    ),
    "a status that is none": Defect(RESULTS, field("OBX", 11, "Q"), "unknown-code"),
    "told long after it was measured": Defect(RESULTS, _times("20260201080000"), "retro-dated"),
    "a column is missing": Defect(ROSTER, swap("Employee ID", "Emp"), "header"),
    "a column stands twice": Defect(ROSTER, swap("Name,", "Unit,"), "header"),
    "a quote is never closed": Defect(ROSTER, _row(lambda row: '"' + row), "bad-csv"),
    "a row is too long": Defect(ROSTER, _row(lambda row: row + ",more,and more"), "bad-row"),
    "a row is too short": Defect(ROSTER, _row(lambda row: row[:20]), "bad-row"),
    "a row stands twice": Defect(ROSTER, _row(lambda row: row + "\r\n" + row), "bad-row"),
    "a date in a way that is not declared": Defect(ROSTER, _cell(3, "7.3.2026", "2026-02-30", "soon"), "bad-time"),
    "a time in a way that is not declared": Defect(
        ROSTER, _cell(11, "5:50 am", "", "2026-03-01T05:50"), "bad-time|no-time"
    ),
    "a unit nobody has": Defect(ROSTER, _cell(2, "9Z", "Ward 4"), "unknown-code"),
    "a nurse without a number": Defect(ROSTER, _cell(0, ""), "no-staff"),
    "a status nobody knows": Defect(ROSTER, lambda text, _: text.replace("scheduled", "perhaps"), "no-rule"),
    "a spreadsheet in place of a text": Defect(
        ROSTER, lambda _, chance: b"PK\x03\x04" + chance.randbytes(200), "header|bad-csv"
    ),
}
