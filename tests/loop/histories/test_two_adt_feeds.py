"""Two ADT feeds tell the same history, and the first falls silent now and then.

What the first tells late ends in the state of the first alone; what it never tells, the second has told.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize
from tests.loop.histories.test_any_delivery import EXAMPLES, FOLDER, Delivery, Histories
from tests.loop.histories.told_hospital import MINUTE

from wardwise.govern.data.arbiter import Arbiter
from wardwise.hospital.moment import from_iso, iso
from wardwise.loop.capture.event import About, Draft, Status
from wardwise.loop.capture.kinds import check
from wardwise.loop.capture.log import Batch
from wardwise.loop.capture.two_sources import ONE_WITHIN, marked
from wardwise.loop.derive.state.digest import state_digests
from wardwise.sites.load import SiteFolder
from wardwise.sites.two_sources import TwoSources

WITHIN = 30
PAIR = TwoSources.model_validate({"kind": "stays", "feeds": ["adt", "beds"], "agrees": {"within_minutes": WITHIN}})


def with_bed_management() -> SiteFolder:
    adt = FOLDER.site.feed("adt")
    assert adt is not None
    feeds = (*FOLDER.site.feeds, adt.model_copy(update={"name": "beds"}))
    site = FOLDER.site.model_copy(update={"feeds": feeds, "two_sources": (PAIR,)})
    contract = FOLDER.contracts["adt"].model_copy(update={"feed": "beds"})
    return replace(FOLDER, site=site, contracts={**FOLDER.contracts, "beds": contract})


TWO = with_bed_management()


def again(draft: Draft, skew: timedelta) -> Draft:
    """The same fact as the second feed tells it, by a clock of its own, marked as its reader does."""
    payload = dict(draft.payload)
    named = payload.get("target_occurred_at")
    if isinstance(named, str):
        payload["target_occurred_at"] = iso(from_iso(named) + skew)
    told = replace(draft, id=f"s-{draft.id}", source="beds", occurred_at=draft.occurred_at + skew, payload=payload)
    return marked(told, f"{ONE_WITHIN}{WITHIN}")


def silence(at: datetime, last_at: datetime, state: str) -> Draft:
    payload = {"feed": "adt", "state": state, "last_at": iso(last_at)}
    return Draft(id=f"g{iso(at)}{state}", kind="feed.silent", occurred_at=at, source="wardwise", payload=payload)


class Settled(Delivery):
    """A delivery with a worker's arbiter, which is started anew now and then."""

    folder = TWO

    def __init__(self, drafts: Sequence[Draft], chance: Random, *, end: datetime) -> None:
        self.arbiter, self.chance = Arbiter(), chance
        super().__init__(drafts, chance, end=end)
        self.arbitrate(max(end, self.history.recorded_at))

    def settle(self, now: datetime, draft: Draft) -> None:
        if draft.kind == "feed.silent" or self.chance.random() < 0.3:
            self.arbitrate(now)

    def arbitrate(self, now: datetime) -> None:
        made = self.arbiter.settle(self.view())
        for draft in made:
            check(draft)
        if made:
            self.history.add(self.log.append(self.lease, Batch(made), now))


class TwoFeeds(Histories):
    """Tells everything twice. `silences` are stretches of what was told; the first tells them late, or not at all."""

    @initialize(minutes=st.integers(-10, 10), loses=st.booleans(), outages=st.integers(1, 3))
    def two(self, minutes: int, outages: int, *, loses: bool) -> None:
        self.said_at: list[datetime] = []
        self.loses, self.outages = loses, outages
        self.skew = timedelta(0) if loses else minutes * MINUTE

    def tell(self, kind: str, at: datetime, about: About, *, status: Status = Status.FINAL, **payload: str) -> None:
        super().tell(kind, at, about, status=status, **payload)
        self.said_at.append(self.now)

    def teardown(self) -> None:
        if len(getattr(self, "told", ())) < 3:
            return
        end = self.now + 60 * MINUTE
        self.silences = self.cuts()
        late = [draft for first, after in self.silences for draft in self.told[first:after]]
        self.lost = {draft.id for draft in late if self.loses and self.chance.random() < 0.7}
        alone = state_digests(Delivery(self.told, self.chance, end=end).view())
        for told in (self.in_order(), self.shuffled()):
            delivered = Settled(told, self.chance, end=end)
            self.judge(delivered.view())
            assert self.loses or state_digests(delivered.view()) == alone
            delivered.judge_as_it_was()

    def cuts(self) -> list[tuple[int, int]]:
        """From which told fact to before which the first is silent; it tells the one before and that one in time."""
        many = min(2 * self.outages, (len(self.told) - 1) // 2 * 2)
        cuts = sorted(self.chance.sample(range(1, len(self.told)), many))
        return list(zip(cuts[::2], cuts[1::2], strict=True))

    def in_order(self) -> list[Draft]:
        """As it comes: what the first did not tell in time comes when it is back."""
        found: list[Draft] = []
        for index, draft in enumerate(self.told):
            out = [(first, after) for first, after in self.silences if first <= index < after]
            found += [again(draft, self.skew)] if out else [draft, again(draft, self.skew)]
            for first, after in self.silences:
                if index == after - 1:
                    found.append(silence(self.said_at[index], self.said_at[first - 1], "silent"))
                if index == after:
                    found.append(silence(self.said_at[index], self.said_at[index], "speaking"))
                    found += [each for each in self.told[first:after] if each.id not in self.lost]
        return found

    def shuffled(self) -> list[Draft]:
        """The same in any order, some twice; only silences are noticed one after another."""
        told = self.in_order()
        mixed = [*told, *(self.chance.choice(told) for _ in range(len(told) // 3))]
        self.chance.shuffle(mixed)
        noticed = iter([draft for draft in told if draft.kind == "feed.silent"])
        return [next(noticed, draft) if draft.kind == "feed.silent" else draft for draft in mixed]


TestTwoFeeds = TwoFeeds.TestCase
TestTwoFeeds.settings = settings(
    max_examples=max(EXAMPLES // 2, 1), stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
