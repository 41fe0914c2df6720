"""Invented HL7 v2 messages of a stated size, in the dialect of the demo site, for thousands of patients."""

from datetime import UTC, datetime, timedelta

UNITS = ("ED", "4A", "4B", "5A", "5B", "ICU")
TRIGGERS = ("A01", "A02", "A03", "A04", "A08")
PATIENTS, STAYS = 2_500, 3_000  # in 20,000 messages a stay is told of six or seven times
MARK = b"##########"  # where a message's own number goes: MSH-10, and what must differ from message to message
SIGNS = (
    ("9279-1^Respiratory rate^LN", "/min", 12, 9),
    ("59408-5^SpO2^LN", "%", 92, 8),
    ("8480-6^Systolic^LN", "mm[Hg]", 100, 50),
    ("8462-4^Diastolic^LN", "mm[Hg]", 60, 30),
    ("8867-4^Pulse^LN", "/min", 60, 60),
    ("8310-5^Temperature^LN", "Cel", 36, 3),
)
_DOCTOR = "1234^ATTENDING^DOC^^^^MD"


def adt(number: int, at: datetime) -> bytes:
    """A template of 600 bytes: a move of a stay; every one a second later than the one before."""
    trigger = TRIGGERS[number % len(TRIGGERS)]
    told = (at + timedelta(seconds=number)).astimezone(UTC).strftime("%Y%m%d%H%M%S+0000")
    head = f"MSH|^~\\&|EHR|LGH|WARDWISE|LGH|{told}||ADT^{trigger}^ADT_A01"
    visit = f"PV1|1|{'E' if trigger == 'A04' else 'I'}|{_bed(number)}|U|||{_DOCTOR}|||MED||||7|||{_DOCTOR}|IP"
    visit += f"|V{number % STAYS:08d}^^^LGH^VN|||||||||||||||||||||||||{told}"
    segments = [f"EVN|{trigger}|{told}||||{told}", _patient(number, at), visit]
    return _padded(head, segments, size=600)


def oru(number: int, at: datetime) -> bytes:
    """A template of 1,024 bytes: six vital signs; every one a second later than the one before."""
    told = (at + timedelta(seconds=number)).astimezone(UTC).strftime("%Y%m%d%H%M%S+0000")
    head = f"MSH|^~\\&|EHR|LGH|WARDWISE|LGH|{told}||ORU^R01^ORU_R01"
    results = (
        f"OBX|{place}|NM|{code}||{least + number * place % spread}|{measure}|||||F|||{told}"
        for place, (code, measure, least, spread) in enumerate(SIGNS, 1)
    )
    segments = [
        _patient(number, at),
        f"PV1|1|I|{_bed(number)}||||||||||||||||V{number % STAYS:08d}^^^LGH^VN",
        f"OBR|1||VS{MARK.decode()}|VS^Vital signs^L|||{told}||||||||||||||||||F",
        *results,
    ]
    return _padded(head, segments, size=1_024)


def message(template: bytes, number: int) -> bytes:
    """The message of a number."""
    return template.replace(MARK, b"%010d" % number)


def _patient(number: int, at: datetime) -> str:
    who = number % PATIENTS
    born = f"{at.year - 90 + who % 80}0{1 + who % 9}1{who % 9}"
    return (
        f"PID|1||{who:08d}^^^LGH^MR||DOE{who}^JANE^Q||{born}|F"
        f"|||{who % 999} SYNTHETIC STREET^^NOWHERE^ZZ^00000^US||||S||{number % STAYS:08d}^^^LGH^AN"
    )


def _bed(number: int) -> str:
    return f"{UNITS[number % len(UNITS)]}^^{number % 36:02d}^LGH"


def _padded(head: str, segments: list[str], *, size: int) -> bytes:
    """The header, the segments, and a segment that nobody reads, up to a size."""
    header = f"{head}|{MARK.decode()}|P|2.5.1||||||UNICODE UTF-8"
    content = "".join(f"{segment}\r" for segment in [header, *segments])
    return f"{content}ZPD|{'x' * (size - len(content) - len('ZPD|') - 1)}\r".encode()
