"""Samples of the feeds under review: what waits for a judgement, and what the judgements add up to."""

from dataclasses import dataclass

from wardwise.govern.data.reviewed import Tally, tally
from wardwise.hospital.role import Role
from wardwise.loop.derive.state.samples import Sample, Waiting, queue, samples
from wardwise.sites.review import Review
from wardwise.surfaces.web.board.glance import Glance


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLine:
    """One feed under review. `samples` are all that were drawn, the newest last."""

    feed: str
    steward: str
    stewards: tuple[Role, ...]
    review: Review
    tally: Tally
    queue: tuple[Waiting, ...]
    samples: tuple[Sample, ...]

    @property
    def share(self) -> str:
        """`10%`, of those judged right or wrong."""
        return f"{self.tally.share.point:.0%}"

    @property
    def interval(self) -> str:
        """`2% to 30%`, 95% sure."""
        return f"{self.tally.share.low:.0%} to {self.tally.share.high:.0%}"

    @property
    def too_many(self) -> bool:
        """Whether more are wrong than is tolerated, beyond doubt."""
        return self.tally.share.low > float(self.review.tolerates)

    def sample(self, identifier: str) -> Sample | None:
        """The sample of an id."""
        return next((each for each in self.samples if each.id == identifier), None)


def review_lines(glance: Glance) -> list[ReviewLine]:
    """Every feed under review, in the order of the contracts."""
    return [
        ReviewLine(
            feed=contract.feed,
            steward=contract.steward,
            stewards=contract.stewards,
            review=contract.review,
            tally=tally(glance.view, contract.feed),
            queue=queue(glance.view, contract.feed),
            samples=samples(glance.view, contract.feed),
        )
        for contract in glance.view.folder.contracts.values()
        if contract.review is not None
    ]
