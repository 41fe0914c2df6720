"""What does not fit together between the streams that a site publishes to, and those that it reads."""

from collections.abc import Iterator

from wardwise.sites.broken import Problem
from wardwise.sites.publish import comes_back
from wardwise.sites.site import Site


def publish_problems(site: Site) -> Iterator[Problem]:
    """What is wrong with each stream, two that clash, and events that would come back as messages."""
    for index, each in enumerate(site.publish):
        yield from (problem.under("publish", index) for problem in each.problems())
        clashes = (each.clash(other) for other in site.publish[:index])
        yield from (clash.under("publish", index) for clash in clashes if clash is not None)
        for feed in site.feeds:
            if feed.stream is not None and comes_back(each.stream, feed.stream):
                what = f"is what the feed `{feed.name}` reads: our own events would come back as messages"
                yield Problem(("publish", index, "stream"), what, "Publish to another subject or topic")
