"""The chain of one piece of advice: prediction, advice, delivery, response, outcome, as the log holds them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wardwise.errors import NotFound
from wardwise.govern.oversight.gist import numbers
from wardwise.hospital.moment import from_iso
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.ids import shown
from wardwise.loop.capture.log import Log
from wardwise.surfaces.web.board.recommend import spoken
from wardwise.surfaces.web.snapshot import Snapshot
from wardwise.surfaces.web.strings import say

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """One stage of the chain and what happened in it, in the order of the log."""

    stage: str
    steps: tuple[Facts, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """The five stages; `shadow` says that nobody on the wards has seen the advice."""

    short: str
    shadow: bool
    links: tuple[Link, ...]


def chain_of(log: Log, snapshot: Snapshot, identifier: str) -> Chain:
    """The chain of the advice with this id or unique beginning of an id, up to the snapshot's position.

    Raises NotFound, also for an id that is no advice.
    """
    site = snapshot.site.slug
    advice = log.find(site, identifier)
    if advice.kind != "advice.given" or advice.position > snapshot.position:
        raise NotFound(id=identifier)
    predictions = [
        event for event in (log.find(site, each) for each in advice.caused_by) if _is(event, "prediction.made")
    ]
    after = [event for event in log.caused(site, advice.id) if event.position <= snapshot.position]
    outcomes = [
        event for each in predictions for event in log.caused(site, each.id) if event.position <= snapshot.position
    ]
    by_stage = {
        "prediction": predictions,
        "advice": [advice],
        "delivery": [event for event in after if _is(event, "delivery.made")],
        "response": [event for event in after if _is(event, "response.given") or _is(event, "advice.ended")],
        "outcome": [event for event in [*outcomes, *after] if _is(event, "outcome.measured")],
    }
    deliveries = by_stage["delivery"]
    shadow = bool(deliveries) and all(event.payload.get("mode") in {"shadow", "off"} for event in deliveries)
    links = (
        Link(stage, tuple(_facts(event, stage, snapshot) for event in events)) for stage, events in by_stage.items()
    )
    return Chain(shown(advice.id), shadow, tuple(links))


def _is(event: Event, kind: str) -> bool:
    return event.kind == kind


def _facts(event: Event, stage: str, snapshot: Snapshot) -> Facts:
    said = [("id", shown(event.id)), ("position", f"{event.position:,}"), ("at", snapshot.local(event.occurred_at))]
    said += _OF["ended" if _is(event, "advice.ended") else stage](event.payload, snapshot)
    return tuple((say(f"chain.{key}"), value) for key, value in said if value)


def _prediction(payload: Mapping[str, Any], _: Snapshot) -> list[tuple[str, str]]:
    versions = ", ".join(f"{key} {str(value)[:40]}" for key, value in sorted(payload["versions"].items()))
    tier = payload["tier"]
    return [
        ("target", str(payload["target"])),
        ("numbers", numbers(payload["output"])),
        ("tier", f"{tier.get('says', '')} {tier.get('why', '')}".strip()),
        ("versions", versions),
    ]


def _advice(payload: Mapping[str, Any], _: Snapshot) -> list[tuple[str, str]]:
    card = payload["card"]
    return [("summary", card["summary"]), ("for", spoken(card["owner"]))]


def _delivery(payload: Mapping[str, Any], _: Snapshot) -> list[tuple[str, str]]:
    mode = say(f"mode.{payload['mode']}")
    receiver = spoken(payload.get("receiver") or "")
    return [
        ("status", payload["status"]),
        ("mode", mode),
        ("receiver", receiver),
        ("reason", payload.get("reason") or ""),
    ]


def _response(payload: Mapping[str, Any], snapshot: Snapshot) -> list[tuple[str, str]]:
    words = {reason.code: reason.text for reason in snapshot.site.reasons}
    code = payload.get("reason") or ""
    who = f"{spoken(payload['role'])} {payload.get('actor') or ''}".strip()
    return [
        ("status", say(f"answer.word.{payload['answer']}")),
        ("for", who),
        ("reason", words.get(code, code)),
        ("note", payload.get("note") or ""),
    ]


def _ended(payload: Mapping[str, Any], _: Snapshot) -> list[tuple[str, str]]:
    return [("status", say("answer.word.ended")), ("reason", str(payload["says"]))]


def _outcome(payload: Mapping[str, Any], snapshot: Snapshot) -> list[tuple[str, str]]:
    window = f"{snapshot.local(from_iso(payload['from']))} \N{EN DASH} {snapshot.local(from_iso(payload['to']))}"
    return [
        ("measure", f"{payload['measure']} {payload['definition']}"),
        ("value", payload.get("value") or ""),
        ("expected", payload.get("expected") or ""),
        ("window", window),
    ]


_OF: Mapping[str, Callable[[Mapping[str, Any], Snapshot], list[tuple[str, str]]]] = {
    "prediction": _prediction,
    "advice": _advice,
    "delivery": _delivery,
    "response": _response,
    "ended": _ended,
    "outcome": _outcome,
}
