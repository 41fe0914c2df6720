"""Seeds: small inputs of every sort a parser is made for, all of them ours."""

HEADER = b"MSH|^~\\&|EHR|LGH|WW|LGH|20260301080000||"
PATIENT = b"PID|1||M1^^^LGH^MR||Doe^Ann||19500101|F\r"
VISIT = b"PV1|1|I|4A^^12||||||||||||||||V1^^^LGH^VN\r"
ADT = HEADER + b"ADT^A01|c1|P|2.5.1\rEVN|A01|20260301080000||||20260301080000\r" + PATIENT + VISIT
MERGE = HEADER + b"ADT^A40|c2|P|2.5.1\rEVN|A40|20260301080000\r" + PATIENT + b"MRG|M2^^^LGH^MR\r"
VITALS = (
    HEADER + b"ORU^R01|c3|P|2.5.1\r" + PATIENT + VISIT + b"OBR|1||F1|VS^Vital signs^L|||20260301080000\r"
    b"OBX|1|NM|8867-4^Pulse^LN||80|/min|||||F|||20260301080000\rOBX|2|ST|80288-4^x^LN||a\\T\\b||||||F\r"
)
JAPANESE = HEADER + b"ADT^A08|c4|P|2.5.1||||||~ISO IR87\rPID|1||\x1b$B;3ED|~\x1b(B^\r"
MESSAGES = (
    ADT,
    MERGE,
    VITALS,
    JAPANESE,
    ADT.replace(b"\r", b"\n"),
    b'MSH#*~%$#A#B\rPID##1##""*\\X41\\\r',
    b"MSH|^~&|\r",
)
BATCH = b"FHS|^~\\&\rBHS|^~\\&\r" + ADT + VITALS + b"BTS|2\rFTS|1\r"
STREAM = b"\x0b" + ADT + b"\x1c\r\n\0\x0b" + VITALS + b"\x1c\x0b" + BATCH + b"\x1c\rMSH|x\x1c\rGET /"
HL7_WORDS = (
    b"MSH|^~\\&|", b"PID|", b"PV1|", b"OBX|", b"OBR|", b"EVN|", b"MRG|", b"NTE|", b"BHS|", b"BTS|", b"\r", b"\n",
    b"\x0b", b"\x1c\r", b"\\F\\", b"\\X0D\\", b"\\.sp9\\", b"\\E\\", b"~", b"^", b"&", b'""', b"ISO IR87", b"8859/1",
    b"+0100",
)  # fmt: skip
TIMES = (
    b"20260301080000.1234+0100",
    b"2026",
    b"202611010130",
    b"20260308023000-0600^S",
    b"99991231235960",
    b"2026030124",
)
CHARSETS = (
    b"8859/1\0M\xfcller",
    b"UNICODE UTF-8~ISO IR87\0\xc3\xa9",
    b"~ISO IR87\0\x1b$B;3\x1b(B",
    b"GB 18030-2000\0\x81\x30",
)
ROSTER = (
    b"Employee ID,Name,Unit,Date,Shift,Start,End,Skill,Contract,Status,Reason,Updated\r\n"
    b"E1,Doe,4A,2026-03-07,Night,19:00,07:00,Med-Surg,full-time,scheduled,,2026-03-01 05:50\r\n"
    b'E2,"Roe, ""R""",4B,03/07/2026,D,07:00,19:00,ICU,agency,called out,sick,03/01/2026 05:50\r\n'
)
CALL = (
    b'{"hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": {"patientId": "1"},'
    b' "prefetch": {"patient": {"resourceType": "Patient", "id": "1"}}}'
)
FEEDBACK = (
    b'{"feedback": [{"card": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "outcome": "overridden", "outcomeTimestamp":'
    b' "2026-03-01T08:00:00Z", "overrideReason": {"reason": {"code": "other"}, "userComment": "no"}}]}'
)
JSON_WORDS = (b'{"', b'":', b"[", b"]", b"}", b"1e999", b"NaN", b"\\u0000", b"\\ud800", b'"a":1,"a":1', b"-0", b"null")
FORM = b"answer=overridden&nonce=0123456789abcdef&reason=other&note=not%20now&until=2026-03-01T08%3A00%3A00Z"
ANSWER = (
    b'{"advice": "aaaaaaaaaaaaaaaa", "answer": "accepted", "role": "charge-nurse", "until": "2026-03-01T08:00:00Z"}'
)
MEDS = (
    b"1\t0\tMEDS_BIRTH\t\t\t\n1\t30000\tHOSPITAL_ADMISSION//EW EMER.\t\t\t\n"
    b"1\t30001\tLAB//220045//bpm\t80\t\t7\n1\t30002\tLAB//223762//\xc2\xb0C\t37.5\tx\t\n"
)
ENCOUNTER = (
    b'{"resourceType":"Encounter","id":"e1","meta":{"versionId":"2","lastUpdated":"2026-03-01T10:00:00Z"},'
    b'"status":"finished","identifier":[{"system":"urn:oid:1.2.3","value":"88"}],"class":{"code":"IMP"},'
    b'"classHistory":[{"class":{"code":"EMER"},"period":{"start":"2026-03-01T04:00:00Z","end":"2026-03-01T05:00:00Z"}}],'
    b'"statusHistory":[{"status":"onleave","period":{"start":"2026-03-01T07:00:00Z","end":"2026-03-01T08:00:00Z"}}],'
    b'"subject":{"identifier":{"value":"7"}},"period":{"start":"2026-03-01T04:00:00Z","end":"2026-03-01T09:00:00Z"},'
    b'"location":[{"location":{"display":"ED"}},{"location":{"display":"4A"},"period":{"start":"2026-03-01T06:00:00Z"}}]}'
)
OBSERVATIONS = (
    b'{"resourceType":"Bundle","type":"history","entry":[{"request":{"method":"DELETE","url":"Flag/1"}},{"resource":'
    b'{"resourceType":"Observation","id":"o1","status":"final","code":{"coding":[{"code":"8867-4"}]},'
    b'"encounter":{"reference":"#e"},"contained":[{"resourceType":"Encounter","id":"e","identifier":[{"value":"88"}]}],'
    b'"effectiveDateTime":"2026-03-01T05:00:00+01:00","valueQuantity":{"value":7.1e1,"code":"/min"}}}]}'
)
FHIR_WORDS = (
    b"Location",
    b"Appointment",
    b"Slot",
    b'"partOf":{"reference":"#e"}',
    b'"2026-03-01T24:00:00Z"',
    b"planned",
)

XES = (
    b'<trace><string key="concept:name" value="A"/><event><string key="concept:name" value="CRP"/>'
    b'<date key="time:timestamp" value="2014-10-22T11:27:00+02:00"/>'
    b'<float key="CRP" value="21.0"/></event></trace></log>'
)
XML_WORDS = (
    b"<event>", b"</event>", b"<trace>", b"</trace>", b"</log>", b'<date key="time:timestamp" value="', b'"/>',
    b'<string key="concept:name" value="', b"&amp;", b"&#0;", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<!DOCTYPE a [",
    b"<?xml", b"Admission IC", b"ER Registration", b"NA",
)  # fmt: skip
OMOP = b"""\
person_id,measurement_concept_id,measurement_datetime,value_as_number,value_as_concept_id,unit_concept_id
1,3027018,2026-01-02 09:00:00,70.0,0,8541
1,3020891,2026-01-02T11:00:00.5-05:00,98.6,,9289
2,3047181,2026-01-03 11:00:00Z,2.1,0,8753
"""
