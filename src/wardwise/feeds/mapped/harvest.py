"""What is gathered from one raw: facts, and the parts that had to be set aside."""

from dataclasses import dataclass, field

from wardwise.feeds.mapped.fact import Facts
from wardwise.feeds.mapped.notes import Notes
from wardwise.feeds.reading import Quarantine, Reading
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.inbox import Raw

MOST_PROBLEMS = 100  # a file that is wrong throughout is said to be so once, not row by row for ever

NOTHING_NEW = "nothing-new: every fact was known already"


@dataclass(slots=True)
class Harvest:
    """Filled while a raw is read, made into a reading at its end."""

    notes: Notes = field(default_factory=Notes)
    drafts: list[Draft] = field(default_factory=list)
    problems: dict[Quarantine, int] = field(default_factory=dict)
    more: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is neither a fact nor a problem."""
        return not (self.drafts or self.problems)

    def aside(self, problem: Quarantine) -> None:
        """Set a part aside; the same problem in several parts is said once, with their number."""
        if problem in self.problems or len(self.problems) < MOST_PROBLEMS:
            self.problems[problem] = self.problems.get(problem, 0) + 1
        else:
            self.more += 1

    def reading(self, raw: Raw, facts: Facts, *, unused: str = "") -> Reading:
        """The facts that are new and the problems beside them; a quarantine where there are no facts.

        `unused` says what had no rule, if anything.
        """
        problems = self.told_aside()
        identities = tuple(self.notes.identities.values())
        if not self.drafts:
            if problems:
                return Reading(quarantine=problems[0], problems=problems[1:])
            return Reading(quarantine=_nothing_mapped(unused))
        drafts = tuple(facts.settled(self.drafts, raw))
        ignored = "; ".join(part for part in ("" if drafts else NOTHING_NEW, unused) if part)
        return Reading(drafts, ignored=ignored, identities=identities, problems=problems, checked=True)

    def told_aside(self) -> tuple[Quarantine, ...]:
        """Everything that was set aside, each problem once."""
        if not self.problems:
            return ()
        problems = [_counted(problem, count) for problem, count in self.problems.items()]
        if self.more:
            why = f"{self.more} more parts were set aside"
            problems.append(Quarantine("more-problems", why, "Correct those that are named first."))
        return tuple(problems)


def _counted(problem: Quarantine, count: int) -> Quarantine:
    if count == 1:
        return problem
    return Quarantine(problem.code, f"{problem.why} ({count} times)", problem.remedy)


def _nothing_mapped(unused: str) -> Quarantine:
    what = f" ({unused})" if unused else ""
    return Quarantine(
        "nothing-mapped",
        f"the mapping has a rule for this message but it gave no event{what}",
        "Add what is missing to the mapping, or list such messages under `ignore`; then read the raw again.",
    )
