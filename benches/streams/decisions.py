"""Decisions as a worker appends them, at a rate, and what of them has to go out."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from wardwise.assemble.stores import Stores
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.capture.kinds import CATALOGUE
from wardwise.loop.capture.log import Batch, Lease
from wardwise.run.clock import SystemClock

KINDS = ("prediction.made", "advice.given")
_WORKFLOW = "deterioration"
_STAYS = 12
_PAUSE_SECONDS = 0.01
_LATE_EVERY, _SHADOW_EVERY = 5, 3


@dataclass
class Decisions(threading.Thread):
    """`wanted` are the ids that must be had by everybody, `expired` those of advice that was late from the first."""

    stores: Stores
    lease: Lease
    kinds: Sequence[str] = KINDS
    wanted: list[str] = field(default_factory=list)
    expired: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(name="decisions", daemon=True)
        self._ending, self._clock, self._serial = threading.Event(), SystemClock(), 0

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        """Append until told to stop."""
        while not self._ending.is_set():
            drafts = list(self._turn())
            self.stores.log.append(self.lease, Batch(drafts), self._clock.now())
            time.sleep(_PAUSE_SECONDS)

    def stop(self) -> None:
        """Stop after the turn under way, and wait for it."""
        self._ending.set()
        self.join(30)

    def _turn(self) -> Iterator[Draft]:
        """A prediction; on some an advice, shown or late or in shadow."""
        self._serial += 1
        shadow, late = self._serial % _SHADOW_EVERY == 0, self._serial % _LATE_EVERY == 0
        about = About(encounter=f"stay{self._serial % _STAYS}", unit="demo/icu" if shadow else "demo/4a")
        prediction = self._draft("prediction.made", self._predicted(about), about)
        yield prediction
        self._counts(prediction, self.hidden if shadow else self.wanted)
        expires = iso(self._clock.now() + timedelta(hours=-1 if late else 1))
        card = {"summary": "NEWS2 is 7", "owner": "nurse", "tier": {"tier": "full"}}
        given = {"workflow": _WORKFLOW, "entity": str(about.encounter), "state": "7", "card": card}
        advice = self._draft("advice.given", {**given, "expires_at": expires}, about, prediction.id)
        yield advice
        self._counts(advice, self.hidden if shadow else self.expired if late else self.wanted)
        status = {"status": "withheld", "reason": "shadow mode"} if shadow else {"status": "sent"}
        made = {"workflow": _WORKFLOW, "surface": "board", "mode": "shadow" if shadow else "assistive", **status}
        yield self._draft("delivery.made", made, about, advice.id)

    def _counts(self, draft: Draft, among: list[str]) -> None:
        if draft.kind in self.kinds:
            among.append(draft.id)

    def _predicted(self, about: About) -> dict[str, object]:
        tier = {"tier": "full", "maker": "news2", "says": "NEWS2", "why": ""}
        told = {"workflow": _WORKFLOW, "entity": str(about.encounter), "target": "news2", "tier": tier}
        return {**told, "output": {"score": 7}, "seen": {}, "versions": {}}

    def _draft(self, kind: str, payload: Mapping[str, object], about: About, *causes: str) -> Draft:
        letter, named = CATALOGUE[kind].letter, f"{kind}-{self._serial}"
        return Draft(
            id=derived_id(letter, kind=kind, workflow="bench", entity=named, position=0, cause=""),
            kind=kind,
            occurred_at=self._clock.now(),
            source=f"wardwise/{_WORKFLOW}",
            about=about,
            caused_by=causes,
            payload=payload,  # type: ignore[arg-type]
        )


def firsts(ids: Sequence[str]) -> list[str]:
    """Each id where it stands first: what a subscriber has who removes what it had."""
    return list(dict.fromkeys(ids))
