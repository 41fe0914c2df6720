"""Advice as CDS Hooks cards: the same card the board shows, in the specification's spelling."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from wardwise.hospital.moment import from_iso
from wardwise.hospital.role import Role
from wardwise.loop.derive.state.advice import AdviceState
from wardwise.sites.people import OverrideReason
from wardwise.sites.site import Site
from wardwise.surfaces.wording import aged, beside, clause

# Any fixed UUID will do: cards and suggestions are named by hashes of what they are about.
_NAMESPACE = UUID("5d2c9a52-6f3e-4b7a-9a3a-0c1f3f6f8e11")
REASONS_SYSTEM = "urn:wardwise:override-reason"
SOURCE = "wardwise"
LONGEST_SUMMARY = 139
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~>-])")
_ROLES = {role.value for role in Role}

LATE = "No advice could be looked up in time. Look at the wardwise board."
FAILED = "Advice could not be looked up here. Look at the wardwise board."
OLD = "wardwise has not looked at its log for some seconds; its advice may be old. Look at the wardwise board."
BEHIND = "wardwise is not reading new messages; its advice may be old. Look at the patient and the wardwise board."
NOT_LOADED = "wardwise has only just started and has no advice yet. Look at the wardwise board."


def card_uuid(advice: str) -> str:
    """The UUID of a piece of advice as a card: the same each time it is shown, so that feedback finds it."""
    return str(uuid5(_NAMESPACE, f"card/{advice}"))


def suggestion_uuid(advice: str, code: str) -> str:
    """The UUID of one suggestion on a card."""
    return str(uuid5(_NAMESPACE, f"suggestion/{advice}/{code}"))


def cards_of(states: Sequence[AdviceState], site: Site, now: datetime) -> list[dict[str, Any]]:
    """One card per piece of advice, the most pressing first; ages are as of `now`."""
    ranks = {"critical": 0, "warning": 1, "info": 2}
    ordered = sorted(states, key=lambda state: (ranks.get(state.card["indicator"], 2), state.card["act_by"], state.id))
    return [_card(state, site, now) for state in ordered]


def fallback(says: str, instance: str) -> dict[str, Any]:
    """A card that says why there is no advice: nothing at all would read as nothing to do."""
    made = {
        "uuid": str(uuid5(_NAMESPACE, f"fallback/{instance}")),
        "summary": says,
        "indicator": "info",
        "source": {"label": SOURCE},
    }
    return dict(made)


def plain(text: str) -> str:
    """Text as GitHub Flavored Markdown that shows exactly it: no HTML, no links, no emphasis."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return _MARKDOWN.sub(r"\\\1", " ".join(escaped.split())).replace("://", ":&#47;/")


def _card(state: AdviceState, site: Site, now: datetime) -> dict[str, Any]:
    card = state.card
    made: dict[str, Any] = {
        "uuid": card_uuid(state.id),
        "summary": _short(card["summary"]),
        "detail": _detail(state, site, now),
        "indicator": card["indicator"],
        "source": {"label": card["source"]["label"]},
        "overrideReasons": [_reason(reason) for reason in site.reasons],
    }
    suggestions = [
        {"label": item["label"], "uuid": suggestion_uuid(state.id, item["code"])} for item in card["suggestions"]
    ]
    if suggestions:
        made |= {"suggestions": suggestions, "selectionBehavior": "at-most-one"}
    return made


def _short(summary: str) -> str:
    flat = " ".join(summary.split())
    return flat if len(flat) <= LONGEST_SUMMARY else f"{flat[: LONGEST_SUMMARY - 1]}\N{HORIZONTAL ELLIPSIS}"


def _reason(reason: OverrideReason) -> dict[str, str]:
    return {"code": reason.code, "system": REASONS_SYSTEM, "display": reason.text}


def _detail(state: AdviceState, site: Site, now: datetime) -> str:
    card: Mapping[str, Any] = state.card
    lines = [f"- {plain(aged(reason, now))}" for reason in card["reasons"]]
    lines += [f"- {plain(line['label'])}: {plain(beside(line['label'], line['says']))}" for line in card["detail"]]
    when = _local(from_iso(card["act_by"]), state.given_at, site.zone)
    tier = card["tier"]
    given = _local(state.given_at, state.given_at, site.zone)
    ends = _local(state.expires_at, state.given_at, site.zone)
    facts = [
        ("Act by", f"{when} ({_spoken(card['owner'])})"),
        ("How sure", card["uncertainty"]),
        ("Made by", f"{clause(tier['says'])} ({tier['why']})" if tier["why"] else tier["says"]),
        ("Given", f"{given}, runs out {ends}"),
        ("Accountable", card["accountable"]),
    ]
    ignore = [f"- {plain(when)}" for when in card["when_to_ignore"]]
    lines += ["", "**When to ignore it**:", "", *ignore] if ignore else []
    return "\n".join([*lines, "", *(f"**{label}**: {plain(says)}  " for label, says in facts if says)]).strip()


def _local(at: datetime, given_at: datetime, zone: str) -> str:
    """Local `14:12`, with the date where it is not the day the advice was given."""
    local, day = at.astimezone(ZoneInfo(zone)), given_at.astimezone(ZoneInfo(zone)).date()
    return f"{local:%H:%M}" if local.date() == day else f"{local:%a} {local.day} {local:%b} {local:%H:%M}"


def _spoken(role: str) -> str:
    return Role(role).spoken if role in _ROLES else role
