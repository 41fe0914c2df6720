"""Lives of one pair of stores: they work until they are cut off, come back, and are held to what they promised."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from random import Random

from benches.power.disk import Disk
from benches.power.file_layer import FileLayer
from benches.power.opened import Stores
from benches.power.promises import Found, Promises, broken, renewed
from benches.power.work import Work
from wardwise.errors import StoreUnavailable, WardwiseError
from wardwise.loop.capture.inbox import Arrival

COMING_BACK = "while coming back from the cut before"
START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
LOSSES = 5  # of power, per seed
_KILLED = 0.2  # of the lives end by a kill that leaves the machine running
_STEPS = 900  # more than any life gets to do
_STEPS_IN_PEACE = 30
_LONG = 800
_LONG_ONES = {1, 3, 4}
_FUSES = (  # of a life: the most calls it may have, or syncs; the shortest end while the stores are being opened
    (0.3, 60, False),
    (0.4, _LONG, False),
    (0.1, 8, True),
    (0.2, 40, True),
)
_AFTER_A_KILL = ((0.3, 200, False), (0.7, 8, True))  # soon: what the killed one left unsynced is seen and at stake


@dataclass(frozen=True, slots=True)
class Finding:
    """What one seed came to: its cuts by kind and place, and the first promise that did not hold."""

    seed: int
    cuts: Mapping[str, int]
    broken: str = ""


@dataclass
class Lives:
    """One seed: everything that happens follows from it."""

    seed: int
    layer: FileLayer
    folder: Path
    synchronous: str
    promises: Promises = field(default_factory=Promises)
    sent: list[Arrival] = field(default_factory=list)
    cuts: Counter[str] = field(default_factory=Counter)
    losses: int = 0
    back: bool = False
    killed: bool = False

    @cached_property
    def chance(self) -> Random:
        """The seed's own chance."""
        return Random(self.seed)

    def run(self) -> Finding:
        """Live, be cut off and come back, until the power went five times; then once more in peace."""
        self.layer.disk = Disk(self.folder)
        try:
            while self.losses < LOSSES:
                self._be_cut_off()
            self.layer.start_again(-1)
            self._live(steps=_STEPS_IN_PEACE)
        except StoreUnavailable as fault:
            return self._finding(f"the store does not open or work: {fault}")
        except WardwiseError as fault:
            return self._finding(f"{type(fault).__name__}: {fault}")
        except _Broken as promise:
            return self._finding(str(promise))
        return self._finding("")

    def _finding(self, what: str) -> Finding:
        return Finding(self.seed, dict(self.cuts), what)

    def _be_cut_off(self) -> None:
        fuses = _AFTER_A_KILL if self.killed else _FUSES
        [(_, most, only_syncs)] = self.chance.choices(fuses, [share for share, _, _ in fuses])
        if self.losses in _LONG_ONES and not self.killed:  # a long life in between, so that there is something to lose
            most, only_syncs = _LONG, False
        self.layer.start_again(self.chance.randrange(most), only_syncs=only_syncs)
        self.back = False
        try:
            self._live(steps=_STEPS)
        except StoreUnavailable:
            if not self.layer.where:
                raise
        self._end()

    def _live(self, *, steps: int) -> None:
        pages = self.chance.choice((4, 20, 100, 500))
        stores = Stores.open(self.folder, synchronous=self.synchronous, checkpoint_pages=pages)
        try:
            self._look_over(stores)
            self.back = True
            work = Work(stores, self.promises, self.chance, self.sent)
            for _ in range(steps):
                work.step()
        finally:
            stores.close()

    def _look_over(self, stores: Stores) -> None:
        found = Found.of(stores.inbox, stores.log)
        for promise in broken(self.promises, found, stores.inbox, stores.log):
            raise _Broken(promise)
        self.promises = renewed(self.promises, found)

    def _end(self) -> None:
        self.killed = not self.killed and self.chance.random() < _KILLED
        if self.killed:
            self.cuts["kills"] += 1
            return
        self.losses += 1
        self.layer.disk.lose_power(self.chance)
        self.cuts[self.layer.where] += 1
        if not self.back:
            self.cuts[COMING_BACK] += 1


class _Broken(Exception):
    """A promise that does not hold."""


def live(seed: int, layer: FileLayer, *, synchronous: str, scratch: Path | None = None) -> Finding:
    """Run one seed on a registered file layer, in a folder of its own that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="wardwise-power-", dir=scratch))
    try:
        with layer.watching():
            return Lives(seed, layer, folder, synchronous).run()
    finally:
        shutil.rmtree(folder)
