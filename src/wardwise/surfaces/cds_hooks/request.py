"""A call to a service, checked; and the errors of this door as OperationOutcomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from wardwise.sites.doors import CdsService
from wardwise.surfaces.cds_hooks.body import text_at

RETRY_SECONDS = "5"
_ISSUES = {
    HTTPStatus.BAD_REQUEST: "invalid",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.PRECONDITION_FAILED: "incomplete",
    HTTPStatus.TOO_MANY_REQUESTS: "throttled",
}


class NotKnown(Exception):
    """There is no advice to answer with; the sentence says why, as a card and an OperationOutcome may show it."""

    def __init__(self, says: str) -> None:
        """Keep the sentence."""
        super().__init__(says)
        self.says = says


class Declined(Exception):
    """A call that cannot be answered; the sentence holds none of the call's values."""

    def __init__(self, status: HTTPStatus, says: str) -> None:
        """Keep the status and the sentence."""
        super().__init__(says)
        self.status = status
        self.says = says

    @property
    def headers(self) -> dict[str, str]:
        """When to call again, where calling again may help."""
        return {"retry-after": RETRY_SECONDS} if self.status is HTTPStatus.TOO_MANY_REQUESTS else {}

    @property
    def outcome(self) -> dict[str, Any]:
        """The FHIR OperationOutcome of it."""
        code = _ISSUES.get(self.status, "processing")
        return {
            "resourceType": "OperationOutcome",
            "issue": [{"severity": "error", "code": code, "diagnostics": self.says}],
        }


@dataclass(frozen=True, slots=True)
class Call:
    """What a service is asked: in which invocation, about which patient id of the EHR."""

    instance: str
    patient: str


def call_of(content: Mapping[str, Any], service: CdsService) -> Call:
    """The call of a body; raises Declined. Nothing is fetched: what is not in the body is not known."""
    instance = text_at(content, "hookInstance")
    if text_at(content, "hook") != service.hook.value:
        raise Declined(HTTPStatus.BAD_REQUEST, f"this service answers the hook {service.hook.value} only")
    if instance is None or not isinstance(content.get("context"), Mapping):
        raise Declined(HTTPStatus.BAD_REQUEST, "hookInstance and context are required")
    patient = text_at(content, "context", "patientId")
    if patient is None:
        raise Declined(HTTPStatus.PRECONDITION_FAILED, "context.patientId is needed to know whom the advice is about")
    prefetched = text_at(content, "prefetch", "patient", "id")
    if prefetched is not None and prefetched != patient:
        raise Declined(HTTPStatus.PRECONDITION_FAILED, "the prefetched patient is not the patient of the context")
    return Call(instance, patient)
