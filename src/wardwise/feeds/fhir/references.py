"""Which resources a resource needs beside it to be read: its patient, encounter, places and members of staff."""

from collections.abc import Iterator

from wardwise.feeds.fhir.document import Resource

NEEDED = frozenset({"Patient", "Encounter", "Location", "Practitioner", "PractitionerRole", "Schedule"})


def needed(resource: Resource) -> Iterator[str]:
    """`Type/id` of every reference within it that leads to a type which readings look at."""
    level: list[object] = [resource]
    while level:
        here = level.pop()
        if isinstance(here, list):
            level += here
        elif isinstance(here, dict):
            level += [value for value in here.values() if isinstance(value, dict | list)]
            written = here.get("reference")
            if isinstance(written, str) and (name := relative(written)).partition("/")[0] in NEEDED:
                yield name


def relative(reference: str) -> str:
    """`Type/id` of a reference, whatever server and version stand around it."""
    parts = reference.partition("/_history/")[0].partition("?")[0].rsplit("/", 2)
    return "/".join(parts[-2:])
