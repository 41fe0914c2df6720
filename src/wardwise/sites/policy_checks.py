"""Whether the policies of a workflow at a site are of the form it declares, so no turn is the first to find out."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import cast

from wardwise.errors import BrokenFile
from wardwise.sites.broken import Path, Problem, nearest, unresolved
from wardwise.sites.policies import Filed
from wardwise.sites.policy import Level, Policy, Row
from wardwise.sites.policy_form import Among, CellForm, CellType, PolicyForm
from wardwise.sites.site import Site

Forms = Mapping[str, PolicyForm]
_DAY = timedelta(days=1)


def misfits(filed: Sequence[Filed], forms: Forms, site: Site) -> Iterator[BrokenFile]:
    """Everything in policies, the workflow's own and those laid over, that its forms do not allow."""
    names = {Among.SHIFTS: [shift.name for shift in site.shifts], Among.UNITS: [unit.id for unit in site.units]}
    for each in filed:
        yield from (each.broken_at(problem) for problem in _misfits_of(each.policy, forms, names))
    yield from _gaps(filed)


def _misfits_of(policy: Policy, forms: Forms, names: Mapping[Among, Collection[str]]) -> Iterator[Problem]:
    form = forms.get(policy.id)
    if form is None:
        yield unresolved(("id",), policy.id, "policy", known=forms)
        return
    if policy.ucum != form.ucum:
        wanted = f"Write `ucum: {form.ucum}` and the value in it" if form.ucum else "Leave `ucum` out"
        yield Problem(("ucum",), f"is {policy.ucum or 'missing'}, not {form.ucum or 'without a measure'}", wanted)
    if isinstance(policy.value, tuple) != (form.cell is None):
        shape = "a list of rows" if form.cell is None else "one value"
        yield Problem(("value",), f"must be {shape}", f"Write {shape} as its `value`")
    elif form.cell is not None:
        yield from _cell(cast("Decimal | str", policy.value), form.cell, ("value",), names)
    else:
        yield from _Rows(cast("tuple[Row, ...]", policy.value), form, names).problems()


class _Rows:
    """The rows of a table against its form."""

    def __init__(self, rows: tuple[Row, ...], form: PolicyForm, names: Mapping[Among, Collection[str]]) -> None:
        self.rows = rows
        self.form = form
        self.names = names

    def problems(self) -> Iterator[Problem]:
        """Columns, cells, rows that stand twice and rows that are missing."""
        for index, row in enumerate(self.rows):
            yield from self._columns(row, ("value", index))
        if all(row.keys() >= self.form.columns.keys() for row in self.rows):
            yield from self._doubles()
            yield from self._missing()

    def _columns(self, row: Row, path: Path) -> Iterator[Problem]:
        columns = self.form.columns
        for name in row:
            if name not in columns:
                yield unresolved((*path, name), name, "column", known=columns)
        for name, form in columns.items():
            if name in row:
                yield from _cell(row[name], form, (*path, name), self.names)
            else:
                yield Problem((*path, name), "is missing", f"Give each row: {', '.join(columns)}")

    def _doubles(self) -> Iterator[Problem]:
        seen: set[tuple[Decimal | str, ...]] = set()
        for index, row in enumerate(self.rows):
            key = tuple(row[name] for name in self.form.key)
            if key and key in seen:
                what = f"has the same {', '.join(self.form.key)} as a row before it"
                yield Problem(("value", index), what, "Keep one of the two")
            seen.add(key)

    def _missing(self) -> Iterator[Problem]:
        column = self.form.every
        if column is None:
            return
        stands_for_all = self.form.instead_of_all
        told = {row[column] for row in self.rows}
        if stands_for_all is not None and stands_for_all in told:
            return
        wanted = [word for word in _words(self.form.columns[column], self.names) if word != stands_for_all]
        for word in wanted:
            if word not in told:
                yield Problem(("value",), f"has no row for the {column} `{word}`", "Add one; each must have a row")


def _cell(
    value: Decimal | str, form: CellForm, path: Path, names: Mapping[Among, Collection[str]]
) -> Iterator[Problem]:
    if form.type is CellType.TEXT:
        if not isinstance(value, str):
            yield Problem(path, f"must be text, not the number {value}", 'Put it in quotes: "..."')
    elif form.type is CellType.WORD:
        known = _words(form, names)
        if value not in known:
            yield Problem(path, f"is `{value}`, which is not one of its words", nearest(str(value), known))
    else:
        yield from _number(value, form, path)


def _number(value: Decimal | str, form: CellForm, path: Path) -> Iterator[Problem]:
    whole = form.type is CellType.WHOLE
    if not isinstance(value, Decimal) or (whole and value != value.to_integral_value()):
        kind = "a whole number" if whole else "a number"
        yield Problem(path, f"must be {kind}, not `{value}`", "Write it in digits")
    elif value < form.lowest or (form.highest is not None and value > form.highest):
        bounds = f"at least {form.lowest}" + (f" and at most {form.highest}" if form.highest is not None else "")
        yield Problem(path, f"is {value}; it must be {bounds}", "Correct the number")


def _words(form: CellForm, names: Mapping[Among, Collection[str]]) -> list[str]:
    return [*form.words, *(names[form.among] if form.among else ())]


def _gaps(filed: Sequence[Filed]) -> Iterator[BrokenFile]:
    """Days on which a site's own value has ended and none of its own follows: the workflow's would count unnoticed."""
    own = [each for each in filed if each.policy.level > Level.GENERAL]
    for each in own:
        until = each.policy.valid_to
        following = [other.policy for other in own if _stands_in(other.policy, each.policy)]
        if until is None or any(policy.holds_on(until + _DAY) for policy in following):
            continue
        later = min((policy.valid_from for policy in following if policy.valid_from > until), default=None)
        yield each.broken_at(_gap(until + _DAY, later))


def _stands_in(other: Policy, policy: Policy) -> bool:
    return other.id == policy.id and other.unit in {None, policy.unit}


def _gap(start: date, later: date | None) -> Problem:
    span = f"from {start} to {later - _DAY}" if later else f"from {start} on"
    what = f"ends, and nothing of the site's own holds {span}: the workflow's starting value would count there"
    return Problem(("to",), what, "Write what holds then, or correct the dates; without `to` it holds on")
