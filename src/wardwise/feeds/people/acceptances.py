"""What people said of drifts: checked against the finding and its contract, a drift becomes the new normal or not."""

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
from wardwise.sites.watch import AcceptReason, Drift

KIND = "contract.breached"

_LONGEST = {"breach": 64, "state": 16, "reason": 64, "role": 40, "actor": 120}
_MAPPING = "acceptances@1"
_STATES = frozenset({"accepted", "withdrawn"})


@dataclass(frozen=True, slots=True)
class AcceptanceReader:
    """Reads acceptances of a drift and their undoing. The time of one is when its bytes were received."""

    log: Log
    folder: SiteFolder

    def draft(self, raw: Raw, found: Mapping[str, object]) -> Draft:
        """One `drift.accepted`; raises Unreadable with the reason why not."""
        said = dict.fromkeys(_LONGEST, "") | texts(found, _LONGEST)
        finding = self._finding(said["breach"])
        _check(said, self.folder.contracts.get(str(finding.payload["feed"])))
        about = {name: str(finding.payload[name]) for name in ("feed", "rule", "subject") if name in finding.payload}
        given = {name: said[name] for name in ("state", "reason", "role", "actor") if said[name]}
        payload = {**about, "breach": finding.id, **given}
        return word(raw, "drift.accepted", payload, cause=finding, mapping=_MAPPING)

    def _finding(self, identifier: str) -> Event:
        found = spoken_of(self.log, self.folder.site.slug, identifier)
        if found is None or found.kind != KIND or found.payload.get("state") != "broken":
            remedy = "Open the page again and look at what stands there now."
            raise Unreadable("unknown-finding", "the finding that was accepted is not in this site's log", remedy)
        if found.payload["rule"] not in {drift.value for drift in Drift} or "event" not in found.payload:
            remedy = "Correct the source or its mapping, or raise the contract's version."
            raise Unreadable("no-drift", "only a drift of a watched field can become the new normal", remedy)
        return found


def _check(said: Mapping[str, str], contract: Contract | None) -> None:
    check_steward(said, contract, did="accepted")
    if said["state"] not in _STATES:
        raise bad("is none of accepted, withdrawn")
    needed = said["state"] == "accepted"
    if (needed or said["reason"]) and said["reason"] not in {reason.value for reason in AcceptReason}:
        raise Unreadable("unknown-reason", "the reason given is none of those offered", "Choose one of the list.")
