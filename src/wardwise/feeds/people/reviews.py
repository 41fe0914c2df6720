"""What people said of sampled events: checked against the sample and its contract, it becomes a review."""

from collections.abc import Mapping
from dataclasses import dataclass

from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.feeds.people.flat import bad, texts
from wardwise.feeds.people.steward import check_steward, spoken_of, word
from wardwise.loop.capture.event import Draft, Event
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.log import Log
from wardwise.sites.contract import Contract
from wardwise.sites.load import SiteFolder
from wardwise.sites.review import Judgement

KIND = "sample.drawn"

_LONGEST = {"sample": 64, "event": 64, "judgement": 16, "reason": 64, "role": 40, "actor": 120}
_MAPPING = "reviews@1"
_LOOK_AGAIN = "Open the page again and judge what waits there now."


@dataclass(frozen=True, slots=True)
class ReviewReader:
    """Reads judgements. The time of one is when its bytes were received."""

    log: Log
    folder: SiteFolder

    def draft(self, raw: Raw, found: Mapping[str, object]) -> Draft:
        """One `review.given`; raises Unreadable with the reason why not."""
        said = dict.fromkeys(_LONGEST, "") | texts(found, _LONGEST)
        sample = self._sample(said["sample"], said["event"])
        contract = self.folder.contracts.get(str(sample.payload["feed"]))
        payload = {"feed": str(sample.payload["feed"]), **_checked(said, contract)}
        return word(raw, "review.given", payload, cause=sample, mapping=_MAPPING)

    def _sample(self, identifier: str, event: str) -> Event:
        found = spoken_of(self.log, self.folder.site.slug, identifier)
        events = found.payload.get("events") if found is not None and found.kind == KIND else None
        if found is None or not isinstance(events, list | tuple) or event not in events:
            raise Unreadable("unknown-sample", "the event that was judged is in no sample of this site", _LOOK_AGAIN)
        return found


def _checked(said: Mapping[str, str], contract: Contract | None) -> dict[str, str]:
    if contract is None or contract.review is None:
        remedy = "Add `review` to the feed's contract, or leave it."
        raise Unreadable("not-reviewed", "the feed of the sample is not under review any more", remedy)
    check_steward(said, contract, did="judged")
    if said["judgement"] not in {each.value for each in Judgement}:
        raise bad("is none of right, wrong, cannot-tell")
    if said["judgement"] != Judgement.RIGHT or said["reason"]:
        reason = contract.review.reason(said["reason"])
        if reason is None or reason.judgement != said["judgement"]:
            remedy = "Choose one of the reasons offered for it, or add it to `review` in the contract."
            raise Unreadable("unknown-reason", "the reason given is none of those of the judgement", remedy)
    return {name: said[name] for name in ("event", "judgement", "reason", "role", "actor") if said[name]}
