"""Who is one person: tokens joined by the merges that stand, and numbers given to somebody else afterwards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from wardwise.loop.capture.fold import Order
from wardwise.loop.derive.fold.merge import LINK, Merge, Visit

Node = tuple[str, int]  # a token, and which of the people who had it one after another
VisitsOf = Callable[[str], Sequence[Visit]]


@dataclass(frozen=True, slots=True)
class People:
    """Every merged token with all tokens of its person, the surviving one first.

    `visits` names the person of each visit told under a number that has had several holders. `given_anew` are the
    first visits of later holders, `lingering` visits told under a retired number by the same person, as far as
    anybody can tell.
    """

    tokens: Mapping[str, tuple[str, ...]]
    visits: Mapping[str, str] = field(default_factory=dict)
    given_anew: tuple[Visit, ...] = ()
    lingering: tuple[Visit, ...] = ()

    def surviving(self, token: str) -> str:
        """The token that stands for this person today; itself where it was never merged."""
        return self.tokens.get(token, (token,))[0]

    def same_person(self, token: str) -> frozenset[str]:
        """Every token of this person, this one among them."""
        return frozenset(self.tokens.get(token, (token,)))

    def of_visit(self, encounter: str, patient: str | None) -> str | None:
        """The surviving token of whom a visit is of, told under a patient token."""
        if patient is None:
            return None
        return self.visits.get(encounter) or self.surviving(patient)


def people_of(merges: Sequence[Merge], visits_of: VisitsOf) -> People:
    """Join what merges join. A retired number whose later visit contradicts its holder has a new holder from then on.

    Contradiction is another birth date, or, where none is known, another sex. Without one the visit is still of the
    person the number was merged into: a lagging system goes on using it, and that is shown.
    """
    holders = {token: _holders(token, merges, visits_of) for token in _tokens(merges)}
    persons: dict[Node, list[Node]] = {}
    for merge in merges:
        survivor, merged = (holders[token].node(merge.order) for token in (merge.survivor, merge.merged))
        _join(persons, survivor, merged)
    return People(
        tokens={node[0]: _now(person, holders) for node, person in persons.items() if holders[node[0]].now == node},
        visits=_visits(persons, holders),
        given_anew=tuple(visit for each in holders.values() for visit in each.anew),
        lingering=tuple(visit for each in holders.values() for visit in each.lingering),
    )


@dataclass(frozen=True, slots=True)
class _Holders:
    """The people who had one number: `anew` are the visits with which each but the first began."""

    token: str
    visits: tuple[Visit, ...]
    anew: tuple[Visit, ...]
    lingering: tuple[Visit, ...]

    def node(self, order: Order) -> Node:
        return self.token, sum(visit.began <= order for visit in self.anew)

    @property
    def now(self) -> Node:
        return self.token, len(self.anew)


def _holders(token: str, merges: Sequence[Merge], visits_of: VisitsOf) -> _Holders:
    retired = [merge for merge in merges if merge.merged == token and merge.manner != LINK]
    visits = sorted(visits_of(token), key=lambda visit: visit.began)
    if not retired:
        return _Holders(token, tuple(visits), (), ())
    anew: list[Visit] = []
    lingering: list[Visit] = []
    known: list[Visit] = []
    since: Order | None = None
    for visit in visits:
        ended = [merge for merge in retired if merge.order < visit.began and (since is None or merge.order > since)]
        others = [other for merge in ended for other in visits_of(merge.survivor) if other.began < visit.began]
        if ended and _contradicts(visit, known or others):
            anew.append(visit)
            known, since = [], visit.began
        elif ended:
            lingering.append(visit)
        known.append(visit)
    return _Holders(token, tuple(visits), tuple(anew), tuple(lingering))


def _contradicts(visit: Visit, known: Sequence[Visit]) -> bool:
    born = {each.born for each in known if each.born}
    if visit.born and born:
        return visit.born not in born
    sexes = {each.sex for each in known if each.sex in ("female", "male")}
    return visit.sex in ("female", "male") and bool(sexes) and visit.sex not in sexes


def _join(persons: dict[Node, list[Node]], survivor: Node, merged: Node) -> None:
    person, other = persons.get(survivor, [survivor]), persons.get(merged, [merged])
    if survivor not in other:
        person.extend(other)
        persons.update(dict.fromkeys(person, person))
    elif other[0] == merged:  # the survivor was merged into this one before: the last word says who survives
        other.remove(survivor)
        other.insert(0, survivor)


def _now(person: Sequence[Node], holders: Mapping[str, _Holders]) -> tuple[str, ...]:
    return tuple(token for token, number in person if holders[token].now == (token, number))


def _visits(persons: Mapping[Node, Sequence[Node]], holders: Mapping[str, _Holders]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in holders.values():
        for visit in each.visits if each.anew else ():
            node = each.node(visit.began)
            found[visit.encounter] = persons.get(node, [node])[0][0]
    return found


def _tokens(merges: Sequence[Merge]) -> list[str]:
    return list(dict.fromkeys(token for merge in merges for token in (merge.survivor, merge.merged)))
