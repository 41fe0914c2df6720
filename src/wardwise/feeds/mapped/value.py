"""One value of a mapping at work: take, functions, table, type; the steps are those of sites/emit.py."""

from collections.abc import Callable, Mapping
from functools import reduce

from wardwise.feeds.mapped.ground import NULL, Ground, Look, S
from wardwise.feeds.mapped.notes import Notes
from wardwise.feeds.mapped.person import person_of
from wardwise.feeds.mapped.time import instant_of
from wardwise.feeds.mapped.trouble import PassedOver, UnknownCode
from wardwise.feeds.mapped.typed import ABSENT, Found, spelled, typed
from wardwise.hospital.moment import iso
from wardwise.sites.emit import As, Condition, Entry, Source, Tables, Unknown
from wardwise.sites.named import FUNCTIONS, Function

Value = Callable[[S, Notes], Found]

_REMEMBERED = 4_096  # texts of each value with a function or a table: units, beds, classes come again and again
_LONGEST_REMEMBERED = 40  # characters: a hostile text is not kept in memory


def value_of(source: Source, ground: Ground[S]) -> Value[S]:
    """The evaluation of a source; it raises Unreadable, UnknownCode or PassedOver."""
    if source.token is not None:
        identify = person_of(source.token, value_of, ground)
        return lambda seen, notes: identify(seen, notes) or ABSENT
    if source.type is As.TIME:
        return _time_of(source, ground)
    return _text_value(source, ground)


def text_of(source: Source, ground: Ground[S]) -> Look[S]:
    """The look-up of a source's text, before any function: the first place that says something, or all joined."""
    if source.constant is not None:
        constant = spelled(source.constant)
        return lambda _: constant
    looks = [ground.place(place) for place in source.take or source.join]
    if source.join:
        return lambda seen: " ".join(text for look in looks if (text := look(seen)) not in {"", NULL})
    return first_of(looks)


def first_of(looks: list[Look[S]]) -> Look[S]:
    """The first text that is there; an explicit null is."""
    if len(looks) == 1:
        return looks[0]

    def look(seen: S) -> str:
        for each in looks:
            if text := each(seen):
                return text
        return ""

    return look


def condition_of(condition: Condition, ground: Ground[S]) -> Callable[[S], bool]:
    """The test of one text; absent and null read as empty."""
    look = first_of([ground.place(place) for place in condition.take])
    change = _changes(condition.function) if condition.function else None
    test = _test(condition, ground.tables)

    def holds(seen: S) -> bool:
        text = look(seen)
        if text == NULL:
            text = ""
        return test(text if change is None else change(text))

    return holds


def _test(condition: Condition, tables: Tables) -> Callable[[str], bool]:
    if condition.empty is not None:
        wanted = condition.empty
        return lambda text: (not text) is wanted
    if condition.one_of is not None or condition.known is not None:
        among = set(condition.one_of or tables[condition.known or ""])
        return among.__contains__
    outside = set(condition.none_of or tables[condition.not_known or ""])
    return lambda text: text not in outside


def _changes(functions: tuple[Function, ...]) -> Callable[[str], str]:
    steps = [FUNCTIONS[function] for function in functions]
    if len(steps) == 1:
        return steps[0]
    return lambda text: reduce(lambda so_far, step: step(so_far), steps, text)


def _time_of(source: Source, ground: Ground[S]) -> Value[S]:
    instant = instant_of(source, ground)

    def evaluate(seen: S, notes: Notes) -> Found:
        at = instant(seen, notes)
        return ABSENT if at is None else iso(at)

    return evaluate


def _text_value(source: Source, ground: Ground[S]) -> Value[S]:
    look, convert = text_of(source, ground), typed(source.type, ground)
    default = ABSENT if source.default is None else convert(spelled(source.default))
    if not source.function and source.table is None:
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
    change = _changes(source.function) if source.function else None
    looked_up = _lookup(source, ground.tables)

    def work_out(text: str, notes: Notes) -> tuple[Found, bool]:
        changed = change(text) if change is not None else text
        if not changed:
            return default, True
        if looked_up is None:
            return convert(changed), True
        entry = looked_up(changed, notes)
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
