"""Each way of naming a stream wrongly: the field and the words that come back."""

from pathlib import Path

import pytest
from tests.sites.test_broken_site_files import SITE

from wardwise.sites.broken import BrokenFiles
from wardwise.sites.load import load_site

STREAMED = """\
  - name: stream
    kind: hl7v2
    mapping: adt.yaml
    freshness: stream
    owner: EHR
    steward: EHR
    stream:
      kafka:
        servers: ["kafka.example:9093"]
        topic: adt
        tls: {}
  - name: other
    kind: fhir
    mapping: fhir.yaml
    freshness: stream
    owner: EHR
    steward: EHR
    stream:
      nats:
        servers: ["[::1]:4222", "localhost:4223"]
        stream: HOSPITAL
        subject: hospital.fhir.*
        credentials: secret/ward.creds
workflows:
"""
STREAMING = [
    ("kafka.example:9093", "kafka.example", "2.stream.kafka.servers.0", "is not the address of a broker"),
    ("kafka.example:9093", "ward:secret@kafka:9093", "2.stream.kafka.servers.0", "is not the address of a broker"),
    ("kafka.example:9093", "kafka.example:99999", "2.stream.kafka.servers.0", "is not the address of a broker"),
    ("        tls: {}\n", "", "2.stream.kafka.servers.0", "nothing would be encrypted"),
    ("tls: {}", "tls: {certificate: a.pem}", "2.stream.kafka.tls.key", "is missing beside the other"),
    ("        tls: {}\n", "        tls: {}\n        user: ward\n", "2.stream.kafka.password", "is missing beside"),
    ("topic: adt", "topic: adt/1", "2.stream.kafka.topic", "cannot be a topic"),
    ("localhost:4223", "nats.example:4223", "3.stream.nats.servers.1", "nothing would be encrypted"),
    ("hospital.fhir.*", "hospital..fhir", "3.stream.nats.subject", "is not a subject"),
    ("hospital.fhir.*", "hospital.>.fhir", "3.stream.nats.subject", "is not a subject"),
    ("stream: HOSPITAL", "stream: HOSPITAL.A", "3.stream.nats.stream", "cannot be a stream"),
    ("creds\n", "creds\n        token: secret/token\n", "3.stream.nats.token", "stands beside `credentials`"),
    ("      nats:\n", "      kafka: {servers: ['[::1]:1'], topic: t}\n      nats:\n", "3.stream", "needs one of"),
    ("kind: fhir", "kind: csv\n    folder: drop", "3.stream", "is of no use to a csv feed"),
    ("    kind: hl7v2\n", "    kind: hl7v2\n    sender: {application: EHR}\n", "2.sender", "is of no use"),
    ("    kind: hl7v2\n", "    kind: hl7v2\n    messages: [ADT]\n", "2.messages", "a broker gives"),
]


@pytest.mark.parametrize(("find", "put", "field", "what"), STREAMING)
def test_a_stream_that_cannot_be_read_is_named(tmp_path: Path, *, find: str, put: str, field: str, what: str) -> None:
    assert find in STREAMED
    (tmp_path / "site.yaml").write_text(SITE.replace("workflows:\n", STREAMED.replace(find, put, 1), 1))
    with pytest.raises(BrokenFiles) as caught:
        load_site(tmp_path)
    found = [problem.facts for problem in caught.value.problems]
    assert any(str(f["field"]) == f"feeds.{field}" and what in str(f["what"]) for f in found), str(caught.value)
    assert "secret" not in str(caught.value)


def test_two_feeds_of_one_group_would_each_get_a_part(tmp_path: Path) -> None:
    shared = STREAMED.replace("tls: {}", "tls: {}\n        group: ward").partition("  - name: other")[0]
    twice = f"{shared}{shared.replace('name: stream', 'name: again')}workflows:\n"
    (tmp_path / "site.yaml").write_text(SITE.replace("workflows:\n", twice, 1))
    with pytest.raises(BrokenFiles, match=r"feeds.3.stream: is where the feed `stream` reads, under the same name"):
        load_site(tmp_path)
