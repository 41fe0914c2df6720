"""What types cannot say of the events a mapping emits: tables and columns that exist, places that can be."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from wardwise.sites.broken import Path, Problem, nearest, unresolved
from wardwise.sites.emit import About, As, Condition, Cut, Emit, Measured, Source, Tables, Token, Unknown
from wardwise.sites.named import Conversion

WAYS = ("take", "join", "constant", "token", "cases")
STATUSES = ("final", "preliminary", "corrected", "cancelled", "suspect")


@dataclass(frozen=True, slots=True)
class EmitCheck:
    """Checks emits against a mapping's tables; `place` says what is wrong with a place, if anything."""

    tables: Tables
    place: Callable[[str, Path], Problem | None]

    def emit(self, emit: Emit, path: Path) -> Iterator[Problem]:
        """Everything wrong with one emit that stands at a path."""
        for index, condition in enumerate(emit.when):
            yield from self.condition(condition, (*path, "when", index))
        yield from self.source(emit.occurred_at, (*path, "occurred_at"))
        yield from self.about(emit.about, (*path, "about"))
        for name, source in emit.payload.items():
            yield from self.source(source, (*path, "payload", name))
        if emit.measured:
            yield from self.measured(emit.measured, (*path, "measured"))
        if emit.status:
            yield from self.source(emit.status, (*path, "status"))
            yield from self.status(emit.status, (*path, "status"))
        if emit.sequence:
            yield from self.source(emit.sequence, (*path, "sequence"))
        yield from self.places(emit.fact_key, (*path, "fact_key"))
        yield from self.places(emit.state_key, (*path, "state_key"))
        if emit.fact_key and emit.state_key:
            yield Problem((*path, "state_key"), "stands beside `fact_key`", "Keep one of the two")

    def about(self, about: About, path: Path) -> Iterator[Problem]:
        """Everything wrong with whom and where."""
        for key in ("patient", "encounter", "staff"):
            token = getattr(about, key)
            if token is not None:
                yield from self.token(token, (*path, key))
        for key in ("unit", "bed"):
            source = getattr(about, key)
            if source is not None:
                yield from self.source(source, (*path, key))

    def token(self, token: Token, path: Path) -> Iterator[Problem]:
        """Everything wrong with a token's two values."""
        yield from self.source(token.identifier, (*path, "identifier"))
        yield from self.source(token.authority, (*path, "authority"))

    def source(self, source: Source, path: Path) -> Iterator[Problem]:
        """Everything wrong with one value."""
        given = [way for way in WAYS if getattr(source, way) not in (None, ())]
        if len(given) != 1:
            what = "says it in several ways" if given else "says nothing about where the value comes from"
            yield Problem(path, what, f"Give exactly one of {', '.join(f'`{way}`' for way in WAYS)}")
        yield from self.places(source.take, (*path, "take"))
        yield from self.places(source.join, (*path, "join"))
        if source.token:
            yield from self.token(source.token, (*path, "token"))
        yield from self.cases(source, path)
        if source.cut:
            yield from cut_problems(source.cut, (*path, "cut"))
        if source.after:
            yield from self.source(source.after, (*path, "after"))
            if source.type is not As.TIME:
                yield Problem((*path, "after"), "is for times only", "Add `as: time`, or remove `after`")
        if source.unknown is Unknown.DEFAULT and source.default is None:
            yield Problem((*path, "unknown"), "is `default`, but there is none", "Add `default: ...`")
        yield from self.lookup(source, path)

    def cases(self, source: Source, path: Path) -> Iterator[Problem]:
        """Everything wrong with the cases of a value, and what stands beside them to no effect."""
        beside = source.model_fields_set - {"cases", "when"}
        if source.cases and beside:
            what = f"stands beside `cases`, where `{min(beside)}` has no effect"
            yield Problem((*path, "cases"), what, "Write it into each case")
        for index, case in enumerate(source.cases):
            here = (*path, "cases", index)
            if not case.when and index < len(source.cases) - 1:
                yield Problem(here, "has no `when`, so no case after it is reached", "Move it to the end")
            for number, condition in enumerate(case.when):
                yield from self.condition(condition, (*here, "when", number))
            yield from self.source(case, here)

    def lookup(self, source: Source, path: Path) -> Iterator[Problem]:
        """A table that does not exist, a column it does not have, a column not picked."""
        if source.table is None:
            if source.pick:
                yield Problem((*path, "pick"), "stands without `table`", "Add `table: ...`, or remove `pick`")
            return
        yield from self.table(source.table, (*path, "table"))
        table = self.tables.get(source.table, {})
        columns = {name for entry in table.values() if isinstance(entry, Mapping) for name in entry}
        if columns and source.pick is None:
            what = f"looks into a table of rows (`{source.table}`) without saying which column"
            yield Problem((*path, "table"), what, f"Add `pick`. {nearest('', columns)}")
        elif source.pick and table and source.pick not in columns:
            yield unresolved((*path, "pick"), source.pick, "column", known=columns)

    def table(self, name: str, path: Path) -> Iterator[Problem]:
        """A table that does not exist."""
        if name not in self.tables:
            yield unresolved(path, name, "table", known=self.tables)

    def condition(self, condition: Condition, path: Path) -> Iterator[Problem]:
        """A condition with no test or several, or about a table that does not exist."""
        if condition.tests != 1:
            remedy = "Give exactly one of `is`, `is_not`, `in`, `not_in`, `empty`"
            yield Problem(path, f"has {condition.tests} tests", remedy)
        yield from self.places(condition.take, (*path, "take"))
        for key, name in (("in", condition.known), ("not_in", condition.not_known)):
            if name is not None:
                yield from self.table(name, (*path, key))

    def measured(self, measured: Measured, path: Path) -> Iterator[Problem]:
        """Values, and the rows of the table of measures."""
        for key in ("value", "stated", "wanted"):
            source = getattr(measured, key)
            if source is not None:
                yield from self.source(source, (*path, key))
        if measured.words is not None:
            yield from self.table(measured.words, (*path, "words"))
        yield from self.table(measured.measures, (*path, "measures"))
        for stated, entry in self.tables.get(measured.measures, {}).items():
            here = ("codes", measured.measures, stated)
            if not isinstance(entry, Mapping) or "ucum" not in entry:
                yield Problem(
                    here, "is not a measure", "Write {ucum: ...}, and `conversion` where it must be converted"
                )
            elif "conversion" in entry and entry["conversion"] not in set(Conversion):
                word = str(entry["conversion"])
                yield unresolved((*here, "conversion"), word, "conversion", known=list(Conversion))

    def status(self, source: Source, path: Path) -> Iterator[Problem]:
        """A status that is none."""
        words = [word for word in (source.constant, source.default) if word is not None]
        table = self.tables.get(source.table or "", {})
        words += [entry for entry in table.values() if not isinstance(entry, Mapping)] if not source.pick else []
        for word in words:
            if word not in STATUSES:
                yield Problem(path, f"can become `{word}`, which is no status", nearest(str(word), STATUSES))

    def places(self, places: tuple[str, ...], path: Path) -> Iterator[Problem]:
        """Places that cannot be."""
        for place in places:
            problem = self.place(place, path)
            if problem is not None:
                yield problem


def cut_problems(cut: Cut, path: Path) -> Iterator[Problem]:
    """A cut that says both ways or none, or asks for a part that is not one."""
    by_marks, by_characters = cut.at is not None, cut.start is not None or cut.to is not None
    if by_marks is by_characters:
        yield Problem(path, "says both ways or none", "Write {at: /, part: 2} or {from: 1, to: 2}")
    elif cut.part == 0:
        yield Problem((*path, "part"), "is 0, and parts count from 1", "Write 1 for the first, -1 for the last")
    elif cut.to is not None and cut.to < (cut.start or 1):
        yield Problem((*path, "to"), "ends before it begins", "Write the greater number last")
