"""Sound messages and files of the demo site, as its systems write them; `{c}` is the control id."""

from random import Random

HEADER = "MSH|^~\\&|EHR|LGH|WW|LGH|20260301080000||{type}|{c}|P|2.5.1"
PATIENT = "PID|1||{mrn}^^^LGH^MR||{name}||{born}|{sex}|||12 Elm St^^Chicago^IL^60601||(312)555-0100"
VISIT = "PV1|1|{class}|{unit}^^{bed}|||4A^^01|1234^Roe^Jane^^^^MD|||MED|||||||||{visit}^^^LGH^VN"
EVENT = "EVN|{trigger}|{at}||||{at}"
TRIGGERS = ("A01", "A02", "A03", "A04", "A08", "A11", "A13")
VITALS = (("8867-4", "{}", "/min", 55, 110), ("59408-5", "{}", "%", 91, 99), ("9279-1", "{}", "/min", 10, 24))
LABS = (("2951-2", "{}", "mmol/L", 133, 146), ("718-7", "{}", "g/dL", 9, 16), ("2345-7", "{}", "mg/dL", 70, 180))
ROSTER_HEADER = "Employee ID,Name,Unit,Date,Shift,Start,End,Skill,Contract,Status,Reason,Updated"
UNITS = ("4A", "4B", "5A", "5B", "ICU")


def _person(chance: Random) -> dict[str, str]:
    return {
        "mrn": f"M{chance.randrange(10_000, 99_999)}",
        "name": chance.choice(["Doe^Ann", "Roe^Richard^Q", "O'Brien^Máire", "Nguyễn^Văn"]),
        "born": f"19{chance.randrange(30, 99)}0{chance.randrange(1, 10)}1{chance.randrange(0, 10)}",
        "sex": chance.choice(["F", "M"]),
        "class": "I",
        "unit": chance.choice(UNITS),
        "bed": str(chance.randrange(1, 13)),
        "visit": f"V{chance.randrange(10_000, 99_999)}",
        "at": f"2026030107{chance.randrange(10, 60)}00",
    }


def adt(chance: Random, control: str) -> str:
    """An admission, transfer, discharge, arrival, update or cancel."""
    return _stay(chance, control, TRIGGERS)


def admission(chance: Random, control: str) -> str:
    """An admission alone, which tells of unit, bed and birth."""
    return _stay(chance, control, ("A01",))


def _stay(chance: Random, control: str, triggers: tuple[str, ...]) -> str:
    trigger = chance.choice(triggers)
    known = _person(chance) | {"trigger": trigger, "type": f"ADT^{trigger}", "c": control}
    if trigger == "A04":
        known |= {"class": "E", "unit": "ED"}
    return _written([HEADER, EVENT, PATIENT, VISIT], known)


def merge(chance: Random, control: str) -> str:
    """Two records that turn out to be one patient's."""
    known = _person(chance) | {"trigger": "A40", "type": "ADT^A40", "c": control, "old": f"M{chance.randrange(10, 99)}"}
    return _written([HEADER, EVENT, PATIENT, "MRG|{old}^^^LGH^MR"], known)


def results(chance: Random, control: str) -> str:
    """Vital signs or laboratory results."""
    known = _person(chance) | {"type": "ORU^R01", "c": control}
    lines = [HEADER, PATIENT, VISIT, "OBR|1||F" + control + "|VS^Vital signs^L|||{at}"]
    for number, (code, form, ucum, low, high) in enumerate(chance.choice([VITALS, LABS]), 1):
        value = form.format(chance.randrange(low, high))
        lines.append(f"OBX|{number}|NM|{code}^x^LN||{value}|{ucum}|||||F|||{{at}}")
    return _written(lines, known)


def roster(chance: Random, control: str) -> str:
    """A delivery of the workforce system."""
    rows = [
        f"E{control}-{number},Doe,{chance.choice(UNITS)},2026-03-{chance.randrange(10, 28)},Night,19:00,07:00,"
        f"Med-Surg,full-time,scheduled,,2026-03-01 05:50"
        for number in range(1, chance.randrange(3, 6))
    ]
    return "\r\n".join([ROSTER_HEADER, *rows, ""])


def _written(lines: list[str], known: dict[str, str]) -> str:
    return "\r".join(line.format(**known) for line in lines) + "\r"
