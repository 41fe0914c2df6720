"""One text of a mapping at work, before any table is asked: where it is looked up, what is cut from it, what is asked
of it; the steps are those of sites/emit.py.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import TypeVar

from wardwise.feeds.mapped.ground import NULL, Ground, Look, S
from wardwise.feeds.mapped.notes import Notes
from wardwise.feeds.mapped.typed import spelled
from wardwise.sites.emit import Condition, Cut, Source, Tables
from wardwise.sites.named import FUNCTIONS, Function

T = TypeVar("T")

Evaluate = Callable[[S, Notes], T]


def text_of(source: Source, ground: Ground[S]) -> Look[S]:
    """The look-up of a source's text, before any function: the first place that says something, or all joined."""
    if source.constant is not None:
        constant = spelled(source.constant)
        return lambda _: constant
    looks = [ground.place(place) for place in source.take or source.join]
    if source.join:
        return lambda seen: " ".join(text for look in looks if (text := look(seen)) not in {"", NULL})
    return first_of(looks)


def words_of(source: Source, ground: Ground[S]) -> Callable[[S, Notes], str]:
    """The look-up of a text after its functions, before any table; an explicit null stays one."""
    if source.cases:
        return chosen([(case, words_of(case, ground)) for case in source.cases], ground, nothing="")
    look, change = text_of(source, ground), changed(source)
    if change is None:
        return lambda seen, _notes: look(seen)
    steps = change
    return lambda seen, _notes: text if (text := look(seen)) in {"", NULL} else steps(text)


def chosen(cases: Sequence[tuple[Source, Evaluate[S, T]]], ground: Ground[S], *, nothing: T) -> Evaluate[S, T]:
    """The evaluation of the first case whose conditions hold, `nothing` where none does."""
    guarded = [([condition_of(each, ground) for each in case.when], evaluate) for case, evaluate in cases]

    def choose(seen: S, notes: Notes) -> T:
        for conditions, evaluate in guarded:
            if all(holds(seen) for holds in conditions):
                return evaluate(seen, notes)
        return nothing

    return choose


def condition_of(condition: Condition, ground: Ground[S]) -> Callable[[S], bool]:
    """The test of one text; absent and null read as empty."""
    look = first_of([ground.place(place) for place in condition.take])
    change = _functions(condition.function) if condition.function else None
    test = _test(condition, ground.tables)

    def holds(seen: S) -> bool:
        text = look(seen)
        if text == NULL:
            text = ""
        return test(text if change is None else change(text))

    return holds


def changed(source: Source) -> Callable[[str], str] | None:
    """What is done to a text before any table is asked: the cut, then the functions; None where nothing is."""
    functions = _functions(source.function) if source.function else None
    if source.cut is None:
        return functions
    cut = cutter(source.cut)
    if functions is None:
        return cut
    after = functions
    return lambda text: after(part) if (part := cut(text)) else ""


def cutter(cut: Cut) -> Callable[[str], str]:
    """The part of a text, without blanks around it; empty where there is no such part."""
    if cut.at is None:
        start, end = (cut.start or 1) - 1, cut.to
        return lambda text: text[start:end].strip()
    mark = cut.at
    index = cut.part - 1 if cut.part > 0 else cut.part

    def part(text: str) -> str:
        parts = text.split(mark)
        return parts[index].strip() if -len(parts) <= index < len(parts) else ""

    return part


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


def _test(condition: Condition, tables: Tables) -> Callable[[str], bool]:
    if condition.empty is not None:
        wanted = condition.empty
        return lambda text: (not text) is wanted
    if condition.one_of is not None or condition.known is not None:
        among = set(condition.one_of or tables[condition.known or ""])
        return among.__contains__
    outside = set(condition.none_of or tables[condition.not_known or ""])
    return lambda text: text not in outside


def _functions(functions: tuple[Function, ...]) -> Callable[[str], str]:
    steps = [FUNCTIONS[function] for function in functions]
    if len(steps) == 1:
        return steps[0]
    return lambda text: reduce(lambda so_far, step: step(so_far), steps, text)
