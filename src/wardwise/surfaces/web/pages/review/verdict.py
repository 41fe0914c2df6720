"""A judgement as a form says it: checked against the queue, and as the bytes that are stored."""

from collections.abc import Mapping
from http import HTTPStatus

from wardwise.loop.capture.canonical import canonical
from wardwise.loop.derive.state.samples import Item
from wardwise.sites.review import Judgement
from wardwise.surfaces.web.answer import Refused
from wardwise.surfaces.web.badge import Badge, slip
from wardwise.surfaces.web.board.reviews import ReviewLine
from wardwise.surfaces.web.pages.hand_in import Given
from wardwise.surfaces.web.strings import say


def number(key: bytes, sample: str, item: Item) -> str:
    """The number a form carries: another one once somebody has judged the event."""
    return slip(key, "review", sample, item.event, item.said.id if item.said else "")


def given(line: ReviewLine, fields: Mapping[str, str], badge: Badge, key: bytes) -> Given:
    """The judgement of a form; raises Refused. The reason chosen says which judgement it is; none means right."""
    if badge.role not in line.stewards:
        raise Refused(HTTPStatus.FORBIDDEN, say("review.role", role=badge.role.spoken, who=may(line)))
    sample = line.sample(fields.get("sample", ""))
    item = sample.item(fields.get("event", "")) if sample else None
    if sample is None or item is None:
        raise Refused(HTTPStatus.NOT_FOUND, say("review.gone"))
    nonce = number(key, sample.id, item)
    if fields.get("nonce", "") != nonce:
        raise Refused(HTTPStatus.CONFLICT, say("review.closed") if item.said else say("post.old_form"))
    body = {"sample": sample.id, "event": item.event, "role": badge.role.value, "actor": badge.actor}
    return Given(body=canonical(body | _said(line, fields)), nonce=nonce)


def may(line: ReviewLine) -> str:
    """Who may judge, as people say it."""
    return ", ".join(role.spoken for role in line.stewards)


def _said(line: ReviewLine, fields: Mapping[str, str]) -> dict[str, str]:
    if fields.get("judgement") == Judgement.RIGHT:
        return {"judgement": Judgement.RIGHT.value}
    reason = line.review.reason(fields.get("reason", ""))
    if reason is None:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, say("review.reason"))
    return {"judgement": reason.judgement.value, "reason": reason.code}
