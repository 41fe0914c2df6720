"""Bombs: inputs made to cost far more than their bytes. Made here when they are wanted, stored nowhere."""

from collections.abc import Callable
from dataclasses import dataclass

MEBIBYTE = 1024 * 1024
FRAME = 16 * MEBIBYTE
JSON = 2 * MEBIBYTE  # what the web door takes
FORM = 64 * 1024
FILE = 512 * 1024  # files are as long as their senders like; what counts is the cost of a byte
HEADER = b"MSH|^~\\&|EHR|LGH|WW|LGH|20260301080000||%s|1|P|2.5.1\r"
ADT, ORU = HEADER % b"ADT^A01", HEADER % b"ORU^R01"
VISIT = b"PID|1||M1^^^LGH^MR||Doe^Ann||19500101|F\rPV1|1|I|4A^^12||||||||||||||||V1^^^LGH^VN\r"
EVENT = b"EVN|A01|20260301080000\r"
RESULT = b"OBX|1|NM|8867-4^Pulse^LN||80|/min|||||F|||20260301080000\r"
ROSTER = b"Employee ID,Name,Unit,Date,Shift,Start,End,Skill,Contract,Status,Reason,Updated\r\n"


@dataclass(frozen=True, slots=True)
class Bomb:
    """`parser` names what reads it: a target of the fuzzer, or `door`."""

    parser: str
    made: Callable[[], bytes]


def filled(unit: bytes, size: int, before: bytes = b"", after: bytes = b"") -> bytes:
    """`unit` again and again between two ends, `size` bytes in all, about."""
    return before + unit * ((size - len(before) - len(after)) // len(unit)) + after


def _door(unit: bytes, before: bytes = ADT, after: bytes = b"\r") -> Bomb:
    return Bomb("door", lambda: filled(unit, FRAME, before, after))


def _whole(content: bytes) -> Bomb:
    return Bomb("door", lambda: content)


def _json(unit: bytes, before: bytes = b"", after: bytes = b"") -> Bomb:
    return Bomb("cds-hooks", lambda: filled(unit, JSON, before, after))


def _yaml(unit: bytes, size: int, before: bytes = b"", after: bytes = b"") -> Bomb:
    return Bomb("yaml-mapping", lambda: filled(unit, size, before, after))


def _csv(unit: bytes, before: bytes = b"", size: int = FILE) -> Bomb:
    return Bomb("csv-reader", lambda: filled(unit, size, before))


def _fhir(unit: bytes, before: bytes = b"", after: bytes = b"", size: int = 8 * MEBIBYTE - 9) -> Bomb:
    return Bomb("fhir-reader", lambda: filled(unit, size, before, after))


RESOURCE, BUNDLE = b'{"resourceType":"Encounter","a":', b'{"resourceType":"Bundle","entry":['
STAY = (
    b'{"resource":{"resourceType":"Encounter","id":"e1","status":"in-progress","identifier":[{"value":"88"}],"class":'
    b'{"code":"IMP"},"period":{"start":"2026-03-01T04:00:00Z"},"location":[{"location":{"display":"4A"}}]}}'
)
LOOP = (
    BUNDLE + b'{"resource":{"resourceType":"Location","id":"l","physicalType":{"coding":[{"code":"bd"}]},"status":'
    b'"suspended","meta":{"lastUpdated":"2026-03-01T04:00:00Z"},"partOf":{"reference":"Location/l"}}}]}'
)
HL7 = {
    "hl7: one field of sixteen mebibytes": _door(b"x", ADT + b"NTE|1||"),
    "hl7: nothing but field separators": _door(b"|"),
    "hl7: nothing but component separators": _door(b"^", ADT + b"NTE|1||"),
    "hl7: nothing but repetition separators": _door(b"~", ADT + b"PID|1||"),
    "hl7: nothing but subcomponent separators": _door(b"&", ADT + EVENT + b"PID|1||M1^^^LGH^MR\rPV1|1|I|"),
    "hl7: nothing but escape characters": _door(b"\\", ADT + b"NTE|1||"),
    "hl7: escapes without end": _door(b"\\F", ADT + b"NTE|1||"),
    "hl7: one escape of sixteen mebibytes": _door(b"0D", ADT + b"NTE|1||\\X", b"\\\r"),
    "hl7: layout that asks for much": _door(b"\\.sp999999\\", ADT + b"NTE|1||"),
    "hl7: nothing but carriage returns": _door(b"\r"),
    "hl7: nothing but line feeds": _door(b"\n", ADT.replace(b"\r", b"\n"), b""),
    "hl7: nothing but CR LF": _door(b"\r\n"),
    "hl7: segments without number": _door(b"ZZZ|\r"),
    "hl7: segment names without number": _whole(ADT + b"".join(b"%04d|\r" % number for number in range(4_990))),
    "hl7: fields without number in each segment": _whole(ADT + (b"OBX" + b"|" * 990 + b"\r") * 250),
    "hl7: repetitions up to each limit": _whole(ADT + (b"OBX" + (b"|" + b"~" * 199) * 249 + b"\r") * 5),
    "hl7: headers without number": _door(b"MSH|^~\\&|EHR\r", b""),
    "hl7: the shortest messages there are": _door(b"MSH|\r", b""),
    "hl7: messages up to the limit of a batch": _whole(b"BHS|^~\\&\r" + (ADT + VISIT) * 1_000 + b"BTS|1000\r"),
    "hl7: envelopes without number": _door(b"FHS\r", b""),
    "hl7: trailers without number": _door(b"BTS|1\r", b"BHS|^~\\&\r" + ADT),
    "hl7: headers hidden in a note": _door(b"\nMSH|x"),
    "hl7: segments up to the limit of a batch": _whole(b"BHS|^~\\&\r" + ADT + b"ZZZ\r" * 49_990 + b"BTS|1\r"),
    "hl7: a control id of sixteen mebibytes": _door(b"C", ADT[: ADT.index(b"|1|P") + 1], b"|P|2.5.1\r"),
    "hl7: a sender of escapes": _door(b"\\.sp99\\", b"MSH|^~\\&|", b"|LGH|WW|LGH|20260301||ADT^A01|1|P|2.5.1\r"),
    "hl7: charsets without number": _door(b"8859/1~", ADT[:-1] + b"||||||"),
    "hl7: bytes that no charset has": _door(b"\xff\xfe", ADT + b"NTE|1||"),
    "hl7: characters cut at the last byte": _door(b"\xc3\xa9", ADT + b"NTE|1||", b"\xc3"),
    "hl7: shifts without number": _door(b"\x1b$B\x1b(B", ADT[:-1] + b"||||||ISO IR87\rNTE|1||"),
    "hl7: GB 18030 cut at the last byte": _door(b"\x810\x810", ADT[:-1] + b"||||||GB 18030-2000\rNTE|1||", b"\x81"),
    "hl7: vertical tabs": _door(b"\x0b", ADT + b"NTE|1||"),
    "hl7: file separators": _door(b"\x1c", ADT + b"NTE|1||"),
    "hl7: NUL": _door(b"\0", ADT + b"NTE|1||"),
    "hl7: a result whose value is escapes": _whole(ORU + VISIT + RESULT.replace(b"80", b"\\F\\" * 90_000)),
    "hl7: a result whose code is layout": _whole(ORU + VISIT + RESULT.replace(b"8867-4", b"\\.sp99\\" * 90_000)),
    "hl7: a number of a mebibyte": _whole(ORU + VISIT + RESULT.replace(b"|80|", b"|" + b"9" * MEBIBYTE + b"|")),
    "hl7: a number with an exponent": _whole(ORU + VISIT + RESULT.replace(b"|80|", b"|1e999999999|")),
    "hl7: a time of a mebibyte": _whole(ADT + b"EVN|A01|" + b"9" * MEBIBYTE + b"\r" + VISIT),
    "hl7: an identifier of a mebibyte": _whole(ADT + EVENT + VISIT.replace(b"M1", b"9" * MEBIBYTE)),
    "hl7: patients without number": _whole(ADT + EVENT + VISIT * 2_400),
    "hl7: a patient of two hundred identifiers": _whole(ADT + EVENT + VISIT.replace(b"M1^^^LGH^MR", b"~" * 199)),
}
JSONS = {
    "json: arrays in arrays": _json(b"["),
    "json: objects in objects": _json(b'{"a":'),
    "json: as deep as may be, and more": Bomb("cds-hooks", lambda: b'{"a":' * 1_000 + b"1" + b"}" * 1_000),
    "json: empty arrays": _json(b"[],", b'{"a":[', b"1]}"),
    "json: empty objects": _json(b"{},", b'{"a":[', b"1]}"),
    "json: small objects": _json(b'{"a":1},', b'{"a":[', b"1]}"),
    "json: one key again and again": _json(b'"a":1,', b"{", b'"b":1}'),
    "json: keys without number": Bomb(
        "cds-hooks", lambda: b"{" + b",".join(b'"%x":1' % number for number in range(150_000)) + b"}"
    ),
    "json: numbers without number": _json(b"1,", b'{"a":[', b"1]}"),
    "json: an integer of two mebibytes": _json(b"9", b'{"a":', b"}"),
    "json: integers of four thousand digits": _json(b"9" * 4_000 + b",", b'{"a":[', b"1]}"),
    "json: a fraction of two mebibytes": _json(b"1", b'{"a":0.', b"}"),
    "json: smallest fractions": _json(b"1e-320,", b'{"a":[', b"1]}"),
    "json: infinity": Bomb("cds-hooks", lambda: b'{"a":1e999,"b":NaN}'),
    "json: a text of two mebibytes": _json(b"x", b'{"a":"', b'"}'),
    "json: escapes": _json(b"\\u0041", b'{"a":"', b'"}'),
    "json: halves of characters": _json(b"\\ud800", b'{"a":"', b'"}'),
    "json: feedback without number": _json(b'{"card":"x"},', b'{"feedback":[', b"1]}"),
    "json: blanks": _json(b" ", b"", b"{}"),
    "answer: arrays in arrays": Bomb("answer-body", lambda: b"[" * FORM),
    "answer: an integer of many digits": Bomb("answer-body", lambda: filled(b"9", FORM, b'{"note":', b"}")),
    "form: nothing but ampersands": Bomb("board-form", lambda: b"&" * FORM),
    "form: nothing but equal signs": Bomb("board-form", lambda: b"=" * FORM),
    "form: escapes": Bomb("board-form", lambda: filled(b"%41", FORM, b"note=")),
    "form: escapes that are none": Bomb("board-form", lambda: filled(b"%", FORM, b"note=")),
    "form: blanks": Bomb("board-form", lambda: filled(b"+", FORM, b"answer=accepted&nonce=0123456789abcdef&note=")),
}
FHIR = {
    "fhir: arrays in arrays": _fhir(b"["),
    "fhir: objects in objects": _fhir(b'{"a":', RESOURCE),
    "fhir: more values than may be": _fhir(b"1,", RESOURCE + b"[", b"1]}"),
    "fhir: empty objects": _fhir(b"{},", RESOURCE + b"[", b"1]}", 300_000),
    "fhir: eight mebibytes of text": _fhir(b"x", RESOURCE + b'"', b'"}'),
    "fhir: eight mebibytes of escapes": _fhir(b"\\u0041", RESOURCE + b'"', b'"}'),
    "fhir: more than a body may have": _fhir(b"x", RESOURCE + b'"', b'"}', 9 * MEBIBYTE),
    "fhir: resources without number": _fhir(STAY + b",", BUNDLE, STAY + b"]}", 130_000),
    "fhir: as many resources as may be": _fhir(STAY + b",", BUNDLE, STAY + b"]}", 399 * (len(STAY) + 1)),
    "fhir: Bundles in Bundles": _fhir(b'{"resource":' + BUNDLE, BUNDLE, b"", 3_000),
    "fhir: places that are part of themselves": Bomb("fhir-reader", lambda: LOOP),
}
FILES = {
    "csv: nothing but quotes": _csv(b'"'),
    "csv: a quote that is never closed": _csv(b"x\n", b'"'),
    "csv: columns without number": _csv(b","),
    "csv: empty lines": _csv(b"\n"),
    "csv: carriage returns": _csv(b"\r"),
    "csv: rows that are too short": _csv(b"E\r\n", ROSTER, 64 * 1024),
    "csv: NUL": _csv(b"\0"),
    "csv: UTF-16": _csv(b"a\0", b"\xff\xfe"),
    "csv: half a mebibyte in a cell": _csv(b"x", b"Employee ID,"),
    "csv: a date of half a mebibyte": _csv(b"9", ROSTER + b"E1,D,4A,"),
    "yaml: aliases of aliases": Bomb(
        "yaml-mapping",
        lambda: b"a: &a [x,x]\n" + b"".join(b"b%d: &b%d [*a,*a]\n" % (number, number) for number in range(50)),
    ),
    "yaml: lists in lists": _yaml(b"[", 10_000),
    "yaml: lists in lists, line by line": _yaml(b"[\n", 10_000),
    "yaml: maps in maps": _yaml(b"{a: ", 4_000),
    "yaml: deeper by a blank each line": Bomb("yaml-mapping", lambda: b"".join(b" " * n + b"a:\n" for n in range(300))),
    "yaml: questions": _yaml(b"? ", 4_000),
    "yaml: dashes": _yaml(b"- ", 4_000),
    "yaml: documents": _yaml(b"---\n", 70_000),
    "yaml: a number of many digits": _yaml(b"9", 4_000, b"a: "),
    "yaml: a number with an exponent": Bomb("yaml-mapping", lambda: b"version: 1e999\n"),
    "yaml: a tag that makes an object": Bomb("yaml-mapping", lambda: b"!!python/object/apply:os.system [x]"),
    "yaml: a line of a mebibyte": _yaml(b"x", MEBIBYTE - 9, b"a: "),
    "yaml: empty lines": _yaml(b"\n", MEBIBYTE - 9),
    "yaml: more than a configuration may have": _yaml(b"x", 2 * MEBIBYTE),
    "yaml: one key again and again": _yaml(b"a: 1\n", 60_000),
    "yaml: bytes that are no text": _yaml(b"\xff", 100_000),
    "yaml: marks of anchors": _yaml(b"&", 100_000),
    "yaml: marks of tags": _yaml(b"!", 4_000),
    "yaml: escapes": _yaml(b"\\x41", 4_000, b'a: "', b'"'),
}
BOMBS = {**HL7, **JSONS, **FHIR, **FILES}
