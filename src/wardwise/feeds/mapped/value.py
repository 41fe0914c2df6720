"""One value of a mapping at work: take, functions, table, type; the steps are those of sites/emit.py."""

from collections.abc import Callable, Mapping

from wardwise.feeds.mapped.ground import NULL, Ground, Look, S
from wardwise.feeds.mapped.notes import Notes
from wardwise.feeds.mapped.person import person_of
from wardwise.feeds.mapped.text import changed, chosen, text_of
from wardwise.feeds.mapped.time import instant_of
from wardwise.feeds.mapped.trouble import PassedOver, UnknownCode
from wardwise.feeds.mapped.typed import ABSENT, Found, spelled, typed
from wardwise.hospital.moment import iso
from wardwise.sites.emit import As, Entry, Source, Tables, Unknown

Value = Callable[[S, Notes], Found]

_REMEMBERED = 4_096  # texts of each value with a function or a table: units, beds, classes come again and again
_LONGEST_REMEMBERED = 40  # characters: a hostile text is not kept in memory


def value_of(source: Source, ground: Ground[S]) -> Value[S]:
    """The evaluation of a source; it raises Unreadable, UnknownCode or PassedOver."""
    if source.cases:
        return chosen([(case, value_of(case, ground)) for case in source.cases], ground, nothing=ABSENT)
    if source.token is not None:
        identify = person_of(source.token, value_of, ground)
        return lambda seen, notes: identify(seen, notes) or ABSENT
    if source.type is As.TIME:
        return _time_of(source, ground)
    return _text_value(source, ground)


def _time_of(source: Source, ground: Ground[S]) -> Value[S]:
    instant = instant_of(source, ground)

    def evaluate(seen: S, notes: Notes) -> Found:
        at = instant(seen, notes)
        return ABSENT if at is None else iso(at)

    return evaluate


def _text_value(source: Source, ground: Ground[S]) -> Value[S]:
    look, convert = text_of(source, ground), typed(source.type, ground)
    default = ABSENT if source.default is None else convert(spelled(source.default))
    if changed(source) is None and source.table is None:
        return _converted(look, convert, default)
    work_out = _worked_out(source, ground, default)
    known: dict[str, Found] = {}

    def evaluate(seen: S, notes: Notes) -> Found:
        text = look(seen)
        if not text:
            return default
        if text == NULL:
            return None
        found = known.get(text)
        if found is None:
            found, lasting = work_out(text, notes)
            if lasting and len(text) <= _LONGEST_REMEMBERED:
                if len(known) >= _REMEMBERED:
                    known.clear()
                known[text] = found
        return found

    return evaluate


def _converted(look: Look[S], convert: Callable[[str], Found], default: Found) -> Value[S]:
    def evaluate(seen: S, _notes: Notes) -> Found:
        text = look(seen)
        if not text:
            return default
        return None if text == NULL else convert(text)

    return evaluate


def _worked_out(source: Source, ground: Ground[S], default: Found) -> Callable[[str, Notes], tuple[Found, bool]]:
    """What a text comes to, and whether it always does so and without a note."""
    convert = typed(source.type, ground)
    change, looked_up = changed(source), _lookup(source, ground.tables)

    def work_out(text: str, notes: Notes) -> tuple[Found, bool]:
        told = change(text) if change is not None else text
        if not told:
            return default, True
        if looked_up is None:
            return convert(told), True
        entry = looked_up(told, notes)
        if entry is None:
            return default if source.unknown is Unknown.DEFAULT else ABSENT, False
        return convert(entry), True

    return work_out


def _lookup(source: Source, tables: Tables) -> Callable[[str, Notes], str | None] | None:
    """The look-up in a table: None for a text it does not know, where the mapping lets that pass."""
    if source.table is None:
        return None
    name = source.table
    entries = _column(tables[name], source.pick)

    def find(text: str, notes: Notes) -> str | None:
        entry = entries.get(text)
        return entry if entry is not None else _unknown(source, text, notes)

    return find


def _column(table: Mapping[str, Entry], pick: str | None) -> dict[str, str]:
    cells = {key: entry.get(pick or "") if isinstance(entry, Mapping) else entry for key, entry in table.items()}
    return {key: spelled(cell) for key, cell in cells.items() if cell is not None}


def _unknown(source: Source, text: str, notes: Notes) -> str | None:
    if source.unknown is Unknown.QUARANTINE:
        raise UnknownCode(
            "unknown-code",
            f"the table `{source.table}` does not know a code of this message",
            f"Add the code to `codes.{source.table}` of the mapping; then read the raw again.",
        )
    if source.unknown is Unknown.SKIP:
        raise PassedOver(table=source.table)
    if source.unknown is Unknown.KEEP:
        return text
    notes.flags.append(f"unknown-code:{source.table}")
    return None
