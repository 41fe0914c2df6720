"""The pages of a window of time, also of a server that has no further pages: it is asked on from the newest it gave."""

from collections.abc import Generator, Iterator
from datetime import datetime, timedelta

from wardwise.feeds.fhir.document import Resource, inner, text
from wardwise.feeds.fhir.refusal import Refused
from wardwise.feeds.fhir.server import Page, Server
from wardwise.feeds.fhir.version import version_of
from wardwise.hospital.moment import iso, moment
from wardwise.sites.poll import Poll

_BESIDE = frozenset({"include", "outcome"})


def pages(server: Server, poll: Poll, kind: str, since: datetime) -> Iterator[Page]:
    """Every page of what was recorded of a type since an instant, less the overlap. Raises Refused.

    What came before a refusal is no whole window: it may be stored, but the cursor stays.
    """
    begin = since - timedelta(seconds=poll.overlap_seconds)
    yield from _history(server, poll, kind, begin) if poll.history else _search(server, poll, kind, begin)


def _search(server: Server, poll: Poll, kind: str, begin: datetime) -> Iterator[Page]:
    """In the order of time. A single page that was cut off may be all that a server gives: it is asked on from its end.

    A page shorter than was asked for is believed to be the last, whatever its total says: totals are estimates.
    """
    while True:
        asked = {"_lastUpdated": f"ge{iso(begin)}", "_sort": "_lastUpdated", "_count": str(poll.page)}
        only = yield from _given(server.search(kind, asked))
        if only is None or not _cut(only, poll.page):
            return
        end = _end(only)
        if end is None or end <= begin:
            if len(_told(only)) < poll.page:
                return
            raise _refused(kind, "its one page is not in the order of time, or all of one instant; raise `page`")
        begin = end


def _history(server: Server, poll: Poll, kind: str, begin: datetime) -> Iterator[Page]:
    """The newest first: a single page that was cut lacks what is older, and nothing tells how to ask for that."""
    asked = {"_since": iso(begin), "_count": str(poll.page)}
    only = yield from _given(server.search(f"{kind}/_history", asked))
    if only is not None and len(_told(only)) >= poll.page and "total" in only.content and _cut(only, poll.page):
        raise _refused(kind, "there is more; raise `page`, or leave out `history`")


def _end(page: Page) -> datetime | None:
    """When the last of a page was recorded; None for one that is not in the order of time."""
    times = [version_of(each).recorded for each in _told(page)]
    return moment(times[-1]) if times and times == sorted(times) else None


def _given(found: Iterator[Page]) -> Generator[Page, None, Page | None]:
    """The pages of a question; returns the one that it was, None where it was several."""
    count, page = 0, None
    for count, page in enumerate(found, 1):  # noqa: B007 - the last of both is wanted
        yield page
    return page if count == 1 else None


def _cut(page: Page, most: int) -> bool:
    """Whether a page may hold less than there is; the total says so for sure."""
    count, total = len(_told(page)), page.content.get("total")
    return total > count if isinstance(total, int) else count >= most


def _told(page: Page) -> list[Resource]:
    entries = page.content.get("entry")
    found = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    return [inner(each, "resource") for each in found if text(each, "search", "mode") not in _BESIDE]


def _refused(kind: str, why: str) -> Refused:
    return Refused(what=f"all of {kind}", why=f"it gives no further pages, and {why}", wait=None)
