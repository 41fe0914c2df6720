"""People and stays of a mapping at work: a token for the event, the identifier for the vault."""

from collections.abc import Callable

from wardwise.feeds.mapped.ground import Ground, S
from wardwise.feeds.mapped.notes import Notes
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.feeds.mapped.typed import Found
from wardwise.sites.emit import Source, Token

LONGEST = 400  # characters of identifier and authority

Evaluating = Callable[[Source, Ground[S]], Callable[[S, Notes], Found]]


def person_of(token: Token, value_of: Evaluating[S], ground: Ground[S]) -> Callable[[S, Notes], str | None]:
    """The evaluation of a token; None where there is no identifier."""
    identifier, authority = value_of(token.identifier, ground), value_of(token.authority, ground)
    tokens = ground.tokens

    def evaluate(seen: S, notes: Notes) -> str | None:
        who = identifier(seen, notes)
        if not isinstance(who, str) or not who:
            return None
        by = authority(seen, notes)
        assigner = by if isinstance(by, str) else ""
        if len(who) + len(assigner) > LONGEST:
            raise Unreadable("bad-value", "an identifier is longer than any can be", "Ask the sender to correct it.")
        found = tokens.whom(assigner, who)
        notes.identities[found.token] = found
        return found.token

    return evaluate
