"""Finds a card's form in a page of the board and the hidden fields that must go back with it."""

from collections.abc import Sequence
from html.parser import HTMLParser

Attributes = Sequence[tuple[str, str | None]]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[str, dict[str, str]] = {}
        self._action: str | None = None

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._action = found.get("action", "")
        elif tag == "input" and self._action is not None and found.get("type") == "hidden":
            self.hidden.setdefault(self._action, {})[found.get("name", "")] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._action = None


def hidden_fields(page: str, action: str) -> dict[str, str] | None:
    """The hidden fields of every form that goes to `action`, taken together; None when the page has no such form."""
    forms = _Forms()
    forms.feed(page)
    return forms.hidden.get(action)
