"""What differs between two sets of contracts, and which workflows it touches: for whoever looks into an incident."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wardwise.govern.data.reader_of import readers_of, reading_feed
from wardwise.loop.declare.workflow import Workflow
from wardwise.sites.contract import Contract, ContractField, Provided

_APART = frozenset({"feed", "provides", "watches"})
Contracts = Mapping[str, Contract]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where, before, after (empty where there was nothing), and the workflows that read it."""

    feed: str
    where: str
    before: str
    after: str
    affects: tuple[str, ...]


def contract_diff(before: Contracts, after: Contracts, workflows: Mapping[str, Workflow]) -> Iterator[Change]:
    """Every difference, feed by feed."""
    for feed in sorted(before.keys() | after.keys()):
        old, new = before.get(feed), after.get(feed)
        if old is None or new is None:
            there = old or new
            kinds = [each.kind for each in there.provides] if there else []
            touched = reading_feed(workflows, feed, kinds)
            yield Change(feed, "contract", _version(old), _version(new), touched)
        elif old != new:
            yield from _feed(old, new, workflows)


def _feed(old: Contract, new: Contract, workflows: Mapping[str, Workflow]) -> Iterator[Change]:
    everybody = reading_feed(workflows, old.feed, [each.kind for each in (*old.provides, *new.provides)])
    for name in type(old).model_fields:
        if name not in _APART and getattr(old, name) != getattr(new, name):
            touched = () if name in {"version", "owner", "steward", "fallback_note"} else everybody
            yield Change(old.feed, name, str(getattr(old, name)), str(getattr(new, name)), touched)
    kinds = {each.kind: each for each in old.provides}, {each.kind: each for each in new.provides}
    for kind in sorted(kinds[0].keys() | kinds[1].keys()):
        yield from _kind(old.feed, kind, (kinds[0].get(kind), kinds[1].get(kind)), workflows)
    watched = {each.says for each in old.watches}, {each.says for each in new.watches}
    yield from (Change(old.feed, "watches", each, "", ()) for each in sorted(watched[0] - watched[1]))
    yield from (Change(old.feed, "watches", "", each, ()) for each in sorted(watched[1] - watched[0]))


def _kind(
    feed: str, kind: str, pair: tuple[Provided | None, Provided | None], workflows: Mapping[str, Workflow]
) -> Iterator[Change]:
    old, new = pair
    if old is None or new is None:
        touched = readers_of(workflows, feed, kind)
        yield Change(feed, kind, "provided" if old else "", "provided" if new else "", touched)
        return
    fields = {_key(each): each for each in old.fields}, {_key(each): each for each in new.fields}
    for key in sorted(fields[0].keys() | fields[1].keys()):
        before, after = fields[0].get(key), fields[1].get(key)
        if before != after:
            name = (before or after or old.fields[0]).name
            touched = readers_of(workflows, feed, kind, name)
            yield Change(feed, f"{kind} {key}", _field(before), _field(after), touched)


def _key(field: ContractField) -> str:
    when = ", ".join(f"{name} {value}" for name, value in field.when.items())
    return f"{field.name} [{when}]" if when else field.name


def _field(field: ContractField | None) -> str:
    if field is None:
        return ""
    said = field.model_dump(mode="json", exclude_defaults=True)
    return ", ".join(f"{name} {value}" for name, value in said.items() if name not in {"name", "when"})


def _version(contract: Contract | None) -> str:
    return f"version {contract.version}" if contract else ""
