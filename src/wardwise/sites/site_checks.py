"""What types cannot say of a site: references, doubles, hours without a shift."""

from collections.abc import Iterable, Iterator
from itertools import combinations

from wardwise.sites.broken import Problem, unresolved
from wardwise.sites.publish_checks import publish_problems
from wardwise.sites.site import Site

MINUTES_OF_DAY = 24 * 60


def problems_of(site: Site) -> Iterator[Problem]:
    """Everything that does not fit together."""
    yield from _doubles("units", "id", (unit.id for unit in site.units))
    yield from _doubles("shifts", "name", (shift.name for shift in site.shifts))
    yield from _doubles("feeds", "name", (feed.name for feed in site.feeds))
    yield from _doubles("publish", "name", (each.name for each in site.publish))
    yield from _doubles("override_reasons", "code", (reason.code for reason in site.override_reasons))
    yield from _units(site)
    yield from _uncovered(site)
    yield from _feeds(site)
    yield from _streams(site)
    yield from publish_problems(site)
    yield from _two_sources(site)
    yield from _repeats(site)
    yield from _exceptions(site)
    yield from _workflows(site)
    yield from _people(site)
    yield from _services(site)
    yield from _listeners(site)


def _doubles(part: str, key: str, ids: Iterable[str]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, each in enumerate(ids):
        if each in seen or (part == "override_reasons" and each == "other"):
            remedy = "Give it another one; `other` is always there" if each == "other" else "Give it another one"
            yield Problem((part, index, key), f"`{each}` is already taken", remedy)
        seen[each] = index


def _units(site: Site) -> Iterator[Problem]:
    for index, unit in enumerate(site.units):
        doubles = {bed for bed in unit.beds if unit.beds.count(bed) > 1}
        for bed in sorted(doubles):
            yield Problem(("units", index, "beds"), f"the bed `{bed}` stands twice", "Remove one of the two")
        if unit.kind == "float-pool" and unit.beds:
            yield Problem(("units", index, "beds"), "a float pool has no beds", "Remove `beds`")
    whole = sum(unit.holds for unit in site.units)
    if whole > 1:
        what = f"the shares `holds` of all units add up to {whole}"
        yield Problem(("units",), what, "Lower them until they add up to 1 at most")


def _uncovered(site: Site) -> Iterator[Problem]:
    covered: set[int] = set()
    for shift in site.shifts:
        start = shift.starts.hour * 60 + shift.starts.minute
        covered.update((start + minute) % MINUTES_OF_DAY for minute in range(shift.hours * 60))
    gap = next((minute for minute in range(MINUTES_OF_DAY) if minute not in covered), None)
    if gap is not None:
        what = f"no shift covers {gap // 60:02d}:{gap % 60:02d}"
        yield Problem(("shifts",), what, "Lengthen a shift or add one, so that the 24 hours are covered")


def _feeds(site: Site) -> Iterator[Problem]:
    for index, feed in enumerate(site.feeds):
        yield from (problem.under("feeds", index) for problem in feed.problems())
    for (_, first), (later, second) in combinations(enumerate(site.feeds), 2):
        if first.overlaps(second):
            what = f"a message of this sender could also belong to the feed `{first.name}`"
            remedy = "Tell the two apart by `facility` or by `messages` (message types)"
            yield Problem(("feeds", later, "sender"), what, remedy)


def _streams(site: Site) -> Iterator[Problem]:
    """Two feeds that would each get a part of one stream's messages."""
    seen: dict[tuple[str, ...], str] = {}
    for index, feed in enumerate(site.feeds):
        if feed.stream is None or not (place := feed.stream.place(feed.name)):
            continue
        if place in seen:
            what = f"is where the feed `{seen[place]}` reads, under the same name: each would get a part"
            yield Problem(("feeds", index, "stream"), what, "Give one of them another `group` or `consumer`")
        seen[place] = feed.name


def _two_sources(site: Site) -> Iterator[Problem]:
    known = frozenset(feed.name for feed in site.feeds)
    yield from _doubles("two_sources", "kind", (pair.kind for pair in site.two_sources))
    for index, pair in enumerate(site.two_sources):
        yield from pair.problems(("two_sources", index), known)


def _repeats(site: Site) -> Iterator[Problem]:
    known = frozenset(feed.name for feed in site.feeds)
    taken: set[tuple[str, str]] = set()
    for index, repeat in enumerate(site.repeats):
        yield from repeat.problems(("repeats", index), known)
        if (repeat.live, repeat.batch) in taken:
            yield Problem(("repeats", index), "these two feeds stand together already", "Put the kinds into one entry")
        taken.add((repeat.live, repeat.batch))


def _exceptions(site: Site) -> Iterator[Problem]:
    units = {unit.id for unit in site.units}
    taken: set[tuple[str, str]] = set()
    for index, route in enumerate(site.exceptions):
        for number, unit in enumerate(route.units):
            if unit not in units:
                yield unresolved(("exceptions", index, "units", number), unit, "unit", known=units)
        for where in route.units or ("",):
            if (route.sort, where) in taken:
                what = f"`{route.sort}` has an owner{f' for {where}' if where else ''} already"
                yield Problem(("exceptions", index), what, "Remove one of the two, or give it other `units`")
            taken.add((route.sort, where))


def _workflows(site: Site) -> Iterator[Problem]:
    units = {unit.id for unit in site.units}
    for name, settings in site.workflows.items():
        for unit in settings.units:
            if unit not in units:
                yield unresolved(("workflows", name, "units", unit), unit, "unit", known=units)


def _people(site: Site) -> Iterator[Problem]:
    units = {unit.id for unit in site.units}
    for index, person in enumerate(site.people):
        for key, noun, known in (("answers", "workflow", site.workflows), ("told", "workflow", site.workflows)):
            for number, name in enumerate(getattr(person, key)):
                if name not in known:
                    yield unresolved(("people", index, key, number), name, noun, known=known)
        for number, unit in enumerate(person.units):
            if unit not in units:
                yield unresolved(("people", index, "units", number), unit, "unit", known=units)


def _services(site: Site) -> Iterator[Problem]:
    services = site.cds.services if site.cds else ()
    yield from (problem.under("cds") for problem in _doubles("services", "id", (service.id for service in services)))
    for index, service in enumerate(services):
        if service.workflow not in site.workflows:
            path = ("cds", "services", index, "workflow")
            yield unresolved(path, service.workflow, "workflow", known=site.workflows)


def _listeners(site: Site) -> Iterator[Problem]:
    """Doors that `serve` would refuse on any start."""
    http, mllp = site.listeners.http, site.listeners.mllp
    if not http.loopback:
        what = f"is {http.host}: others could reach it, and nothing asks who they are beyond the role they choose"
        yield Problem(
            ("listeners", "http", "host"), what, "Use 127.0.0.1 and put a reverse proxy with a log-in before it"
        )
    if not (mllp.loopback or mllp.mutual or mllp.allow):
        what = f"is {mllp.host}: others could reach it and send results and moves of patients"
        remedy = "Use 127.0.0.1, ask for certificates (`tls` with `client_authority`), or list the senders in `allow`"
        yield Problem(("listeners", "mllp", "host"), what, remedy)
