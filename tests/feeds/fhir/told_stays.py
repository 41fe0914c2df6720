"""Invented stays, told by HL7 v2 and by FHIR: the same truth in two tongues."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

Place = tuple[str, str]

BEGIN = datetime(2026, 3, 1, 4, 5, tzinfo=UTC)
SYSTEM = "urn:oid:1.2.3"
SIGNS = {"8867-4": "/min", "8480-6": "mm[Hg]", "8310-5": "Cel", "59408-5": "%"}
LABS = {"2524-7": "mmol/L", "2823-3": "mmol/L", "718-7": "g/L"}
GENDERS = {"F": "female", "M": "male", "O": "other", "U": "unknown"}


@dataclass(frozen=True, slots=True)
class Result:
    at: int
    code: str
    value: str
    measure: str
    number: int


@dataclass(frozen=True, slots=True)
class Truth:
    """What happened; times in minutes after the stay began. `admitted`: when an emergency became an inpatient."""

    visit: str
    patient: str
    places: tuple[tuple[int, Place], ...]
    emergency: bool
    admitted: int | None
    leave: tuple[int, int] | None
    end: int | None
    born: str
    sex: str
    service: str
    complaint: str
    results: tuple[Result, ...] = field(default=())

    def place(self, at: int) -> Place:
        return [place for start, place in self.places if start <= at][-1]


def at(minutes: int) -> datetime:
    return BEGIN + timedelta(minutes=minutes)


def stays() -> st.SearchStrategy[Truth]:
    return st.builds(_truth, st.randoms(use_true_random=False), st.integers(1, 10_000))


def _truth(chance: Any, number: int) -> Truth:
    emergency = chance.random() < 0.6
    times = sorted(chance.sample(range(10, 2_000), 6))
    wards = ["4A", "4B", "5A", "ICU"]
    first = ("ED", str(chance.randint(1, 9))) if emergency else (chance.choice(wards), str(chance.randint(1, 9)))
    moves = times[: chance.randint(0, 3)]
    places = [(0, first), *((t, (chance.choice(wards), str(chance.randint(10, 30)))) for t in moves)]
    admitted = chance.choice([*moves, times[4]]) if emergency and chance.random() < 0.7 else None
    leave = (2_100, 2_200) if chance.random() < 0.2 else None
    results = tuple(_result(chance, index) for index in range(chance.randint(0, 5)))
    return Truth(
        visit=str(number),
        patient=str(number * 7),
        places=tuple(places),
        emergency=emergency,
        admitted=admitted,
        leave=leave,
        end=2_500 if chance.random() < 0.7 else None,
        born=chance.choice(["1950-01-01", "1988-12-31"]),
        sex=chance.choice("FMOU"),
        service=chance.choice(["MED", "SUR", "hepatology", ""]),
        complaint=chance.choice(["chest pain", ""]),
        results=results,
    )


def _result(chance: Any, index: int) -> Result:
    code, measure = chance.choice([*SIGNS.items(), *LABS.items()])
    return Result(chance.randint(1, 2_000), code, str(chance.randint(30, 95) + chance.choice([0, 0.5])), measure, index)


def messages(truth: Truth) -> list[str]:
    """HL7 v2: one message for each thing that happened."""
    told = [_adt(truth, "A04" if truth.emergency else "A01", 0)]
    for (_, before), (when, _place) in zip(truth.places, truth.places[1:], strict=False):
        if when != truth.admitted:
            told.append(_adt(truth, "A02", when, before=before))
    if truth.admitted is not None:
        told.append(_adt(truth, "A06", truth.admitted))
    if truth.leave is not None:
        told += [_adt(truth, "A21", truth.leave[0]), _adt(truth, "A22", truth.leave[1])]
    if truth.end is not None:
        told.append(_adt(truth, "A03", truth.end))
    return told + [_oru(truth, result) for result in truth.results]


def _stamp(minutes: int) -> str:
    return at(minutes).strftime("%Y%m%d%H%M%S") + "+0000"


def _head(truth: Truth, kind: str, minutes: int, *, before: Place | None = None) -> str:
    ward, bed = truth.place(minutes)
    inpatient = not truth.emergency or (truth.admitted is not None and minutes >= truth.admitted)
    cells = [
        "PV1",
        "1",
        "I" if inpatient else "E",
        f"{ward}^^{bed}",
        "",
        "",
        f"{before[0]}^^{before[1]}" if before else "",
    ]
    cells += ["", "", "", truth.service, *[""] * 8, f"{truth.visit}^^^HOSP"]
    if kind == "ADT^A03":
        cells += [*[""] * 16, "home", *[""] * 8, _stamp(minutes)]
    return "\r".join(
        [
            f"MSH|^~\\&|EHR|LGH|W|W|{_stamp(minutes)}||{kind}|{kind[4:]}-{truth.visit}-{minutes}|P|2.5.1",
            f"EVN||{_stamp(minutes)}",
            f"PID|1||{truth.patient}^^^HOSP^MR||||{truth.born.replace('-', '')}|{truth.sex}",
            "|".join(cells),
        ]
    )


def _adt(truth: Truth, trigger: str, minutes: int, *, before: Place | None = None) -> str:
    complaint = f"\rPV2|||^{truth.complaint}" if truth.complaint and trigger == "A04" else ""
    return _head(truth, f"ADT^{trigger}", minutes, before=before) + complaint + "\r"


def _oru(truth: Truth, result: Result) -> str:
    stamp = _stamp(result.at)
    obr = f"OBR|1||F{result.number}|X|||{stamp}"
    obx = f"OBX|1|NM|{result.code}^X^LN||{result.value}|{result.measure}|||||F|||{stamp}"
    return f"{_head(truth, 'ORU^R01', result.at)}\r{obr}\r{obx}\r"


def _iso(minutes: int) -> str:
    return at(minutes).isoformat()


def encounter(truth: Truth, until: int = 10_000, version: int = 1) -> dict[str, Any]:
    """The Encounter as it stood at a minute of the stay."""
    admitted = truth.admitted if truth.admitted is not None and truth.admitted <= until else None
    ended = truth.end is not None and truth.end <= until
    places = [each for each in truth.places if each[0] <= until]
    ends = [*(start for start, _ in places[1:]), None]
    emergency = truth.emergency and admitted is None
    leave = truth.leave if truth.leave is not None and truth.leave[1] <= until else None
    away = truth.leave is not None and truth.leave[0] <= until < truth.leave[1]
    resource: dict[str, Any] = {
        "resourceType": "Encounter",
        "id": f"e{truth.visit}",
        "meta": {"versionId": str(version), "lastUpdated": _iso(min(until, 3_000))},
        "status": "finished" if ended else "onleave" if away else "in-progress",
        "identifier": [{"system": SYSTEM, "value": truth.visit}],
        "class": {"code": "EMER" if emergency else "IMP"},
        "subject": {"reference": f"Patient/p{truth.patient}"},
        "period": {"start": _iso(0), **({"end": _iso(truth.end or 0)} if ended else {})},
        "location": [
            {
                "location": {"reference": f"Location/{ward}-{bed}"},
                "status": "active" if end is None else "completed",
                "period": {"start": _iso(start), **({"end": _iso(end)} if end is not None else {})},
            }
            for (start, (ward, bed)), end in zip(places, ends, strict=True)
        ],
    }
    if admitted is not None:
        resource["classHistory"] = [{"class": {"code": "EMER"}, "period": {"start": _iso(0), "end": _iso(admitted)}}]
    if truth.leave is not None and (leave or away):
        period = {"start": _iso(truth.leave[0]), **({"end": _iso(truth.leave[1])} if leave else {})}
        before = {"status": "in-progress", "period": {"start": _iso(0), "end": _iso(truth.leave[0])}}
        resource["statusHistory"] = [before, *([{"status": "onleave", "period": period}] if leave else [])]
    if truth.service:
        resource["serviceType"] = {"coding": [{"code": truth.service}]}
    if truth.complaint and truth.emergency:
        resource["reasonCode"] = [{"text": truth.complaint}]
    if ended:
        resource["hospitalization"] = {"dischargeDisposition": {"coding": [{"code": "home"}]}}
    return resource


def around(truth: Truth) -> list[dict[str, Any]]:
    """The patient and the places."""
    found = [
        {
            "resourceType": "Patient",
            "id": f"p{truth.patient}",
            "identifier": [{"system": SYSTEM, "value": truth.patient}],
            "birthDate": truth.born,
            "gender": GENDERS[truth.sex],
        }
    ]
    for ward, bed in {place for _, place in truth.places}:
        kind = {"coding": [{"code": "bd"}]}
        part = {"reference": f"Location/{ward}"}
        found.append(
            {"resourceType": "Location", "id": f"{ward}-{bed}", "name": bed, "physicalType": kind, "partOf": part}
        )
        found.append(
            {"resourceType": "Location", "id": ward, "name": ward, "physicalType": {"coding": [{"code": "wa"}]}}
        )
    return found


def observation(truth: Truth, result: Result) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"o{truth.visit}-{result.number}",
        "meta": {"versionId": "1", "lastUpdated": _iso(result.at)},
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": result.code}]},
        "subject": {"reference": f"Patient/p{truth.patient}"},
        "encounter": {"reference": f"Encounter/e{truth.visit}"},
        "effectiveDateTime": _iso(result.at),
        "valueQuantity": {"value": float(result.value), "code": result.measure},
    }


def bundle(told: list[dict[str, Any]], beside: list[dict[str, Any]]) -> bytes:
    entries = [{"search": {"mode": "match"}, "resource": each} for each in told]
    entries += [{"search": {"mode": "include"}, "resource": each} for each in beside]
    return json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entries}).encode()
