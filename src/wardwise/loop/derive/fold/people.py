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

    `visits` names, by encounter and token, the person of each visit told under a number that has had several holders.
    `given_anew` are the first visits of later holders, `lingering` visits told under a retired number by, as far as
    anybody can tell, the same person.
    """

    tokens: Mapping[str, tuple[str, ...]]
    visits: Mapping[tuple[str, str], str] = field(default_factory=dict)
    given_anew: tuple[Visit, ...] = ()
    lingering: tuple[Visit, ...] = ()

    def surviving(self, token: str) -> str:
        """The token that stands for this person today; itself where it was never merged."""
        return self.tokens.get(token, (token,))[0]

    def same_person(self, token: str) -> frozenset[str]:
        """Every token of this person, this one among them."""
        return frozenset(self.tokens.get(token, (token,)))

    def of_visit(self, patient: str, *numbers: str) -> str:
        """The surviving token of whom a visit is of, told under a patient token and one or more visit numbers."""
        known = (self.visits.get((number, patient)) for number in numbers)
        return next((person for person in known if person), None) or self.surviving(patient)


def people_of(told: Sequence[Merge], visits_of: VisitsOf) -> People:
    """Join what merges join, walking through what was told in the order it happened.

    A pair may be joined, parted and joined again: the last word on it counts. A retired number whose later visit
    contradicts its holder has a new holder from then on. Contradiction is another birth date, or, where none is
    known, another sex; without one the visit is still of the person the number was merged into: a lagging system
    goes on using it, and that is shown.
    """
    tokens = list(dict.fromkeys(token for merge in told for token in (merge.survivor, merge.merged)))
    timeline: list[Merge | Visit] = [*told, *(visit for token in tokens for visit in visits_of(token))]
    walk = _Walk()
    for each in sorted(timeline, key=_when):
        if isinstance(each, Visit):
            walk.visit(each)
        else:
            walk.merge(each)
    return walk.people(tokens)


def _when(each: Merge | Visit) -> Order:
    return each.began if isinstance(each, Visit) else each.order


@dataclass(slots=True)
class _Walk:
    """What holds so far: each number's holder, which numbers are retired, and the pairs that are joined."""

    holder: dict[str, int] = field(default_factory=dict)
    retired: dict[str, Node] = field(default_factory=dict)
    joined: dict[tuple[Node, Node], Merge] = field(default_factory=dict)
    known: dict[Node, list[Visit]] = field(default_factory=dict)
    anew: list[Visit] = field(default_factory=list)
    lingering: list[Visit] = field(default_factory=list)

    def node(self, token: str) -> Node:
        return token, self.holder.get(token, 0)

    def visit(self, visit: Visit) -> None:
        survivor = self.retired.get(visit.patient)
        if survivor is not None:
            known = [*self.known.get(self.node(visit.patient), ()), *self.known.get(survivor, ())]
            if _contradicts(visit, known):
                self.holder[visit.patient] = self.holder.get(visit.patient, 0) + 1
                del self.retired[visit.patient]
                self.anew.append(visit)
            else:
                self.lingering.append(visit)
        self.known.setdefault(self.node(visit.patient), []).append(visit)

    def merge(self, merge: Merge) -> None:
        survivor, merged = self.node(merge.survivor), self.node(merge.merged)
        before = self.joined.pop((survivor, merged), None)
        if merge.parts or merge.doubtful:
            backwards = self.joined.get((merged, survivor))
            if merge.parts and backwards is not None and (before is None or backwards.manner == LINK):
                del self.joined[merged, survivor]
                self._unretire(merge.survivor, merged)
            self._unretire(merge.merged, survivor)
            return
        self.joined[survivor, merged] = merge
        self.retired.pop(merge.survivor, None)  # who is named to survive is in use again
        if merge.manner != LINK:
            self.retired[merge.merged] = survivor

    def people(self, tokens: Sequence[str]) -> People:
        persons: dict[Node, list[Node]] = {}
        for survivor, merged in self.joined:
            _join(persons, survivor, merged)
        now = {self.node(token) for token in tokens}
        return People(
            tokens={
                token: tuple(other for other, number in person if (other, number) in now)
                for (token, number), person in persons.items()
                if (token, number) in now
            },
            visits={
                (visit.encounter, visit.patient): persons.get(node, [node])[0][0]
                for node, visits in self.known.items()
                for visit in visits
                if self.holder.get(node[0])
            },
            given_anew=tuple(self.anew),
            lingering=tuple(self.lingering),
        )

    def _unretire(self, token: str, survivor: Node) -> None:
        if self.retired.get(token) == survivor:
            del self.retired[token]


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
