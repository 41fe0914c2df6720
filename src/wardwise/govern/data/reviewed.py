"""What reviews of a feed's samples add up to: the share of wrong events, how sure it is, and whether it is too much."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from wardwise.govern.data.finding import MOST_EXAMPLES, Finding, Sort
from wardwise.learn.metrics.coverage import Interval
from wardwise.learn.metrics.proportion import wilson
from wardwise.loop.derive.state.samples import counted
from wardwise.loop.derive.view import View
from wardwise.sites.contract import Contract
from wardwise.sites.review import Judgement, Review

RULE = "reviewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The judgements on the newest samples. Events that nobody could judge count neither way in `share`."""

    right: int
    wrong: int
    cannot_tell: int
    waiting: int
    examples: tuple[str, ...]

    @property
    def judged(self) -> int:
        """How many are either right or wrong."""
        return self.right + self.wrong

    @property
    def share(self) -> Interval:
        """The share of wrong among them with its 95% interval (Wilson)."""
        return wilson(self.wrong, self.judged)


def tally(view: View, feed: str) -> Tally:
    """What was said of a feed's newest samples."""
    items = [item for sample in counted(view, feed) for item in sample.items]
    said = Counter(item.said.judgement for item in items if item.said)
    wrong = [item.event for item in items if item.said and item.said.judgement == Judgement.WRONG]
    return Tally(
        right=said[Judgement.RIGHT],
        wrong=said[Judgement.WRONG],
        cannot_tell=said[Judgement.CANNOT_TELL],
        waiting=sum(item.said is None for item in items),
        examples=tuple(wrong[-MOST_EXAMPLES:]),
    )


def review_findings(view: View, contract: Contract) -> Iterator[Finding]:
    """A finding once the whole 95% interval lies above what is tolerated; lifted once the share itself does not."""
    if contract.review is None:
        return
    found = tally(view, contract.feed)
    yield _finding(contract, contract.review, found)


def _finding(contract: Contract, review: Review, found: Tally) -> Finding:
    share, tolerated = found.share, float(review.tolerates)
    what = (
        f"{found.wrong} of {found.judged} events held against the chart were wrong (between {share.low:.0%} and "
        f"{share.high:.0%}, 95% sure), tolerated are {tolerated:.0%}; {contract.steward} is to look into it"
    )
    return Finding(
        feed=contract.feed,
        rule=RULE,
        sort=Sort.VALUES,
        what=what,
        count=found.wrong,
        share=share.point,
        examples=found.examples,
        steps_down=False,
        found=share.low > tolerated,
        cleared=found.judged > 0 and share.point <= tolerated,
    )
