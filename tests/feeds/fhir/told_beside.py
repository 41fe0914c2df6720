"""What is told beside a stay, by HL7 v2 and by FHIR: cancels, orders, bookings, merges; a server's times as stamps."""

from datetime import datetime
from typing import Any

from tests.feeds.fhir.told_stays import GENDERS, SYSTEM, Truth, at

ROOM = {
    "resourceType": "Location", "id": "or2", "name": "OR 2", "identifier": [{"system": SYSTEM, "value": "4A"}],
}  # fmt: skip
STARTS = "2026-03-09T08:00:00+00:00"


def stamp(moment: datetime) -> str:
    """A time as HL7 v2 writes it, to the millisecond."""
    return f"{moment:%Y%m%d%H%M%S}.{moment.microsecond // 1000:03d}+0000"


def recorded(stored: dict[str, Any]) -> str:
    """When a server recorded a version, as HL7 v2 writes it."""
    return stamp(datetime.fromisoformat(stored["meta"]["lastUpdated"]))


def message(truth: Truth, kind: str, told: str, *segments: str, place: int | None = None, happened: str = "") -> str:
    """A message of a stay: told when, about what happened when, with the place of a minute of the stay."""
    lines = [
        f"MSH|^~\\&|EHR|LGH|W|W|{told}||{kind}|{kind}-{truth.visit}-{told}|P|2.5.1",
        f"EVN||{told}||||{happened}",
        f"PID|1||{truth.patient}^^^HOSP^MR||||{truth.born.replace('-', '')}|{truth.sex}",
    ]
    if place is not None:
        ward, bed = truth.place(place)
        lines.append(
            f"PV1|1|{'E' if truth.emergency else 'I'}|{ward}^^{bed}|||||||{truth.service}{'|' * 9}{truth.visit}^^^HOSP"
        )
    return "\r".join([*lines, *segments]) + "\r"


def cancel(truth: Truth, trigger: str, target: int, told: str) -> str:
    """A11, A12 or A13 of what happened at a minute of the stay."""
    return message(truth, f"ADT^{trigger}", told, place=target, happened=stamp(at(target)))


def order(truth: Truth, minute: int, *, status: str = "active") -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest", "id": f"s{truth.visit}", "status": status, "intent": "order",
        "priority": "stat", "code": {"coding": [{"code": "CT-HEAD", "display": "CT of the head"}]},
        "subject": {"reference": f"Patient/p{truth.patient}"},
        "encounter": {"reference": f"Encounter/e{truth.visit}"}, "authoredOn": at(minute).isoformat(),
    }  # fmt: skip


def order_message(truth: Truth, minute: int, *, control: str = "NW") -> str:
    ordered = stamp(at(minute))
    segments = f"ORC|{control}|P1|||||||{ordered}", "OBR|1|P1||CT-HEAD^CT of the head", "TQ1|1||||||||S"
    return message(truth, "ORM^O01", ordered, segments[0], segments[2], segments[1], place=minute)


def booking(truth: Truth, made: datetime, *, status: str = "booked", starts: str = STARTS) -> dict[str, Any]:
    found = {
        "resourceType": "Appointment", "id": f"a{truth.visit}", "status": status, "created": made.isoformat(),
        "identifier": [{"system": SYSTEM, "value": "C7"}], "start": starts, "end": starts, "minutesDuration": 45,
        "serviceType": [{"coding": [{"code": "HIP"}]}],
        "participant": [
            {"actor": {"reference": f"Patient/p{truth.patient}"}, "status": "accepted"},
            {"actor": {"reference": "Location/or2"}, "status": "accepted"},
        ],
    }  # fmt: skip
    return found | ({"cancelationReason": {"text": "too ill"}} if status == "cancelled" else {})


def booking_message(truth: Truth, trigger: str, told: str, *, starts: str = STARTS) -> str:
    begin = datetime.fromisoformat(starts).strftime("%Y%m%d%H%M%S+0000")
    why = "^too ill" if trigger == "S15" else ""
    segments = f"SCH||C7^HOSP||||{why}|||45|min|^^^{begin}", "AIS|1||HIP", "AIL|1||4A^OR 2"
    return message(truth, f"SIU^{trigger}", told, *segments)


def person(truth: Truth, *links: dict[str, Any], number: str = "") -> dict[str, Any]:
    number = number or truth.patient
    linked = {"link": list(links)} if links else {}
    return {
        "resourceType": "Patient", "id": f"p{number}", "identifier": [{"system": SYSTEM, "value": number}],
        "birthDate": truth.born, "gender": GENDERS[truth.sex], **linked,
    }  # fmt: skip


def link(kind: str, number: str) -> dict[str, Any]:
    return {"type": kind, "other": {"reference": f"Patient/p{number}"}}


def merge_message(truth: Truth, told: str, merged: str) -> str:
    return message(truth, "ADT^A40", told, f"MRG|{merged}^^^HOSP^MR")


def house(number: int) -> list[dict[str, Any]]:
    """A bed that is cleaned, and a member of staff with a role on a ward."""
    return [
        {
            "resourceType": "Location", "id": f"bed{number}", "status": "active", "name": str(number),
            "physicalType": {"coding": [{"code": "bd"}]}, "operationalStatus": {"code": "H"},
            "partOf": {"reference": "Location/4A"},
        },
        {
            "resourceType": "Practitioner", "id": f"n{number}",
            "identifier": [{"system": SYSTEM, "value": f"S{number}"}],
        },
        {
            "resourceType": "PractitionerRole", "id": f"r{number}", "active": True,
            "practitioner": {"reference": f"Practitioner/n{number}"},
            "code": [{"coding": [{"code": "RN"}]}], "location": [{"reference": "Location/4A"}],
        },
    ]  # fmt: skip


def cleaned(number: int, ended: datetime) -> dict[str, Any]:
    return {
        "resourceType": "Task", "id": f"t{number}", "status": "completed", "intent": "order",
        "code": {"coding": [{"code": "bed-cleaning"}]}, "focus": {"reference": f"Location/bed{number}"},
        "executionPeriod": {"end": ended.isoformat()},
    }  # fmt: skip


def shift(number: int) -> list[dict[str, Any]]:
    actor = [{"reference": f"PractitionerRole/r{number}"}]
    return [
        {"resourceType": "Schedule", "id": f"h{number}", "actor": actor},
        {
            "resourceType": "Slot", "id": f"l{number}", "status": "busy", "serviceType": [{"text": "Night"}],
            "schedule": {"reference": f"Schedule/h{number}"}, "start": STARTS, "end": "2026-03-09T20:00:00+00:00",
        },
    ]  # fmt: skip


def flag(truth: Truth) -> dict[str, Any]:
    return {
        "resourceType": "Flag", "id": f"f{truth.visit}", "status": "active", "code": {"text": "isolation"},
        "subject": {"reference": f"Patient/p{truth.patient}"}, "encounter": {"reference": f"Encounter/e{truth.visit}"},
        "period": {"start": at(60).isoformat()},
    }  # fmt: skip


def bed_message(truth: Truth, number: int, told: str, state: str) -> str:
    return message(truth, "ADT^A20", told, f"NPU|4A^2^{number}|{state}")


def staff_message(number: int, told: str) -> str:
    head = f"MSH|^~\\&|EHR|LGH|W|W|{told}||MFN^M02|M02-{number}|P|2.5.1"
    person = f"STF|S{number}|S{number}^^^HOSP|||||{'|'}4A{'|' * 11}RN"
    return f"{head}\rMFI|STF||UPD|||NE\rMFE|MAD|1|{told}|S{number}|ST\r{person}\r"
