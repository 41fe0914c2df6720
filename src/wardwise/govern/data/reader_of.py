"""Who reads what of a feed: the workflows a contract's kinds and fields matter to."""

from collections.abc import Iterable, Mapping

from wardwise.loop.declare.workflow import Workflow


def readers_of(workflows: Mapping[str, Workflow], feed: str, kind: str, field: str = "") -> tuple[str, ...]:
    """Workflows that read a kind of a feed (a field of it, where one is named), in order of name."""
    return tuple(sorted(name for name, flow in workflows.items() if _reads(flow, feed, kind, field)))


def reading_feed(workflows: Mapping[str, Workflow], feed: str, kinds: Iterable[str]) -> tuple[str, ...]:
    """Workflows that read any of these kinds of a feed, or have the feed on their ladder."""
    named = {name for kind in kinds for name in readers_of(workflows, feed, kind)}
    on_ladder = {name for name, flow in workflows.items() if any(feed in rung.feeds for rung in flow.stages.ladder)}
    return tuple(sorted(named | on_ladder))


def _reads(flow: Workflow, feed: str, kind: str, field: str) -> bool:
    needs = (need for need in flow.needs if need.kind == kind and need.feed in {None, feed})
    return any(not field or not need.fields or field in need.fields for need in needs)
