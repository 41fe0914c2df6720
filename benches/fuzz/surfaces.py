"""The readers of configuration and of what browsers and EHRs send, and the law of each."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from fastapi import Request
from starlette.types import Message as Part

from benches.fuzz.mapped import SITES
from benches.fuzz.target import Run
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.feeds.people.body import answer_of
from wardwise.sites.broken import BrokenFiles
from wardwise.sites.contract import Contract
from wardwise.sites.document import read_yaml
from wardwise.sites.load import load_site
from wardwise.sites.mapping import read_mapping
from wardwise.sites.site import Site
from wardwise.surfaces.cds_hooks.body import NotJson, read_object
from wardwise.surfaces.cds_hooks.feedback import answers_of
from wardwise.surfaces.cds_hooks.request import Declined, call_of
from wardwise.surfaces.web.answer import Refused, form_of
from wardwise.surfaces.web.forms import fields_of


def yaml_site() -> Run:
    """A site.yaml is a site, or every problem is named."""
    return _file(lambda path: read_yaml(path, Site))


def yaml_contract() -> Run:
    """A contract is one, or every problem is named."""
    return _file(lambda path: read_yaml(path, Contract))


def yaml_mapping() -> Run:
    """A mapping is one, or every problem is named."""
    return _file(read_mapping)


def cds_hooks() -> Run:
    """A body is a call or feedback, or is declined."""
    site = load_site(SITES / "demo").site
    assert site.cds is not None
    service = site.cds.services[0]

    def run(data: bytes) -> None:
        try:
            content = read_object(data)
        except NotJson:
            return
        for ask in (lambda: call_of(content, service), lambda: answers_of(content, [], site)):
            try:
                ask()
            except Declined:
                continue

    return run


def board_form() -> Run:
    """A form is an answer to a card, or is refused."""

    def run(data: bytes) -> None:
        try:
            form_of(_fields(data))
        except Refused:
            return

    return run


def answer_body() -> Run:
    """What a surface put into the inbox is an answer, or unreadable by name."""

    def run(data: bytes) -> None:
        try:
            answer_of(data)
        except Unreadable:
            return

    return run


def _fields(data: bytes) -> dict[str, str]:
    async def receive() -> Part:
        return {"type": "http.request", "body": data, "more_body": False}

    kind = (b"content-type", b"application/x-www-form-urlencoded")
    asked = fields_of(Request({"type": "http", "method": "POST", "headers": [kind]}, receive))
    try:
        asked.send(None)
    except StopIteration as done:
        found: dict[str, str] = done.value
        return found
    raise AssertionError("nothing was to be waited for")


def _file(read: Callable[[Path], object]) -> Run:
    folder = Path(tempfile.mkdtemp(prefix="wardwise-fuzz-"))
    path = folder / "fuzzed.yaml"

    def run(data: bytes) -> None:
        path.write_bytes(data)
        try:
            read(path)
        except BrokenFiles as broken:
            assert str(broken)

    return run
