"""Compares what was said with what a story expects, in words that name the difference."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from wardwise.hospital.moment import from_iso
from wardwise.loop.capture.event import Draft
from wardwise.rehearse.story.form import Expected, as_json
from wardwise.rehearse.story.telling import Telling

_MINUTE = timedelta(minutes=1)
NONE = "none"


@dataclass(frozen=True, slots=True)
class Said:
    """One piece of advice with its delivery."""

    given: Draft
    delivery: Draft | None

    @property
    def card(self) -> Mapping[str, Any]:
        """The card people see."""
        card = self.given.payload["card"]
        return card if isinstance(card, Mapping) else {}


def disagreements(drafts: Sequence[Draft], expected: Sequence[Expected], telling: Telling) -> list[str]:
    """Every difference, one sentence each; remembers what was advised where, so that it can be answered later."""
    found: list[str] = []
    for each in expected:
        here = [draft for draft in drafts if _is_for(draft, each.place, telling) or draft.kind == "delivery.made"]
        found.extend(f"for {each.place or 'anywhere'}: {what}" for what in _differences(here, each, telling))
    for draft in drafts:
        if draft.kind == "advice.given":
            telling.advised.update(dict.fromkeys(_places(draft, telling), draft.id))
    return found


def _differences(drafts: Sequence[Draft], expected: Expected, telling: Telling) -> Iterator[str]:
    predictions = [draft for draft in drafts if draft.kind == "prediction.made"]
    if expected.prediction:
        wanted = {key: as_json(value) for key, value in expected.prediction.items()}
        outputs = [_mapping(draft.payload["output"]) for draft in predictions]
        if not any(_includes(output, wanted) for output in outputs):
            yield f"no prediction has {wanted}; there are {[_same_keys(output, wanted) for output in outputs]}"
    yield from _ended([str(draft.payload["says"]) for draft in drafts if draft.kind == "advice.ended"], expected)
    advice = _advice(drafts)
    if expected.advice == NONE:
        yield from (f"expected no advice, got {said.given.payload['state']}: {said.card['summary']}" for said in advice)
        yield from _tier([_mapping(draft.payload["tier"]) for draft in predictions], expected)
        return
    matching = [said for said in advice if expected.advice in {None, said.given.payload["state"]}]
    if expected.advice and not matching:
        states = [said.given.payload["state"] for said in advice]
        yield f"expected advice {expected.advice}, got {states or 'none'}"
    elif matching:
        yield from _card(matching[0], expected, telling)
    else:
        yield from _tier([_mapping(draft.payload["tier"]) for draft in predictions], expected)


def _card(said: Said, expected: Expected, telling: Telling) -> Iterator[str]:
    card, delivery = said.card, said.delivery.payload if said.delivery else {}
    yield from _tier([card["tier"]], expected)
    same = {
        "owner": (expected.owner, card["owner"]),
        "indicator": (expected.indicator, card["indicator"]),
        "delivered": (expected.delivered, delivery.get("status")),
    }
    yield from (f"expected {key} {want}, got {got}" for key, (want, got) in same.items() if want not in {None, got})
    told = " | ".join(reason["says"] for reason in card["reasons"])
    within = [
        ("summary", expected.summary, card["summary"]),
        ("uncertainty", expected.uncertainty, card["uncertainty"]),
        ("reason of delivery", expected.because, str(delivery.get("reason", ""))),
        *(("reasons", each, told) for each in expected.reasons),
    ]
    yield from (f"expected {key} to say `{want}`, got `{got}`" for key, want, got in within if want and want not in got)
    if expected.act_by and abs(from_iso(card["act_by"]) - telling.calendar.at(expected.act_by)) >= _MINUTE:
        yield f"expected to act by {expected.act_by}, got {card['act_by']}"


def _tier(tiers: Sequence[Mapping[str, Any]], expected: Expected) -> Iterator[str]:
    got = sorted({str(tier["tier"]) for tier in tiers})
    if expected.tier and got != [expected.tier]:
        yield f"expected tier {expected.tier}, got {' and '.join(got) or 'no prediction'}"


def _ended(said: Sequence[str], expected: Expected) -> Iterator[str]:
    if expected.ended == NONE:
        yield from (f"expected no advice to end, got `{each}`" for each in said)
    elif expected.ended and not any(expected.ended in each for each in said):
        yield f"expected advice to end with `{expected.ended}`, got {list(said) or 'none'}"


def _advice(drafts: Sequence[Draft]) -> list[Said]:
    deliveries = {draft.caused_by[0]: draft for draft in drafts if draft.kind == "delivery.made"}
    return [Said(draft, deliveries.get(draft.id)) for draft in drafts if draft.kind == "advice.given"]


def _is_for(draft: Draft, place: str | None, telling: Telling) -> bool:
    return place is None or place in _places(draft, telling)


def _places(draft: Draft, telling: Telling) -> set[str]:
    site = f"{telling.folder.site.slug}/"
    keys = (draft.about.bed, draft.about.unit, str(draft.payload.get("entity", "")))
    return {key.removeprefix(site) for key in keys if key} | {key for key in keys if key}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _includes(output: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(key in output and _same(output[key], value) for key, value in wanted.items())


def _same(got: object, wanted: object) -> bool:
    return _includes(got, wanted) if isinstance(got, Mapping) and isinstance(wanted, Mapping) else got == wanted


def _same_keys(output: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {key: output.get(key) for key in wanted}
