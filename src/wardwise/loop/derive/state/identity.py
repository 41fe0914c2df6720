"""Who is who: patient tokens that merges made one person, as of where one looks from. No event is rewritten."""

from wardwise.loop.derive.fold.people import People
from wardwise.loop.derive.state.ledger import ledger_of
from wardwise.loop.derive.view import View

__all__ = ["People", "people", "same_person", "surviving"]


def people(view: View) -> People:
    """Who is one person by the visible merges; a cancelled or doubtful merge joins nobody."""
    return view.keep("people", lambda seen: ledger_of(seen).people(seen.instant))


def surviving(view: View, token: str) -> str:
    """The token that stands for this one's person."""
    return people(view).surviving(token)


def same_person(view: View, token: str) -> frozenset[str]:
    """Every token of this one's person."""
    return people(view).same_person(token)
