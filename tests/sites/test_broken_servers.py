"""Each way of naming wrongly a server that is asked, fetched from or read: the field and the words that come back."""

from pathlib import Path

import pytest
from tests.sites.small_site import SITE, problems

ASKED = """\
  - name: fhir
    kind: fhir
    mapping: fhir.yaml
    freshness: micro-batch
    owner: EHR
    steward: Access
    poll:
      url: https://fhir.example/r4
      types: [Encounter]
      since: 2026-03-01T00:00:00Z
"""
CLIENT = "      client: {id: a, token_url: https://x, key: k, key_id: k}\n"
FETCHED = """\
  - name: files
    kind: csv
    folder: drop/files
    mapping: roster.yaml
    freshness: batch
    owner: Workforce
    steward: Workforce
    sftp:
      host: files.example
      user: ward
      folder: outgoing
      known_hosts: known_hosts
      key: key
"""
VIEWED = """\
  - name: rows
    kind: csv
    mapping: roster.yaml
    freshness: micro-batch
    owner: Workforce
    steward: Workforce
    view:
      address: postgresql://reader@db.example/workforce
      view: reporting.shifts
      cursor: employee
      since: 0
"""
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
"""
ROSTER = """\
format: csv
version: 1
header: {employee: [Id], updated: [Updated]}
delivers: delta
key: [employee]
emit:
  - kind: staff.listed
    occurred_at: {take: updated, as: time}
    about: {staff: {identifier: employee, authority: {constant: workforce}}}
"""
WAYS = [
    (ASKED, "https://fhir.example/r4", "http://fhir.example/r4", "2.poll.url", "address of a server"),
    (ASKED, "https://fhir.example/r4", "https://me:secret@fhir.example/r4", "2.poll.url", "address of a server"),
    (ASKED, "https://fhir.example/r4", "ftp://fhir.example", "2.poll.url", "address of a server"),
    (ASKED, "[Encounter]", "[encounter]", "2.poll.types.0", "string should match"),
    (ASKED, "T00:00:00Z", "T00:00:00", "2.poll.since", "has no offset from UTC"),
    (ASKED, "      types", f"      token: t\n{CLIENT}      types", "2.poll.token", "beside `client`"),
    (
        ASKED,
        "fhir\n    mapping: fhir.yaml",
        "csv\n    folder: drop\n    mapping: roster.yaml",
        "2.poll",
        "no use to a csv",
    ),
    (FETCHED, "files.example", "ward@files.example", "2.sftp.host", "not the name or address of a server"),
    (FETCHED, "files.example", "-oProxyCommand=x", "2.sftp.host", "not the name or address of a server"),
    (FETCHED, "      key: key\n", "", "2.sftp.key", "is missing, and so is `password`"),
    (FETCHED, "      key: key\n", "      key: key\n      password: word\n", "2.sftp.key", "stands beside `password`"),
    (FETCHED, "      known_hosts: known_hosts\n", "", "2.sftp.known_hosts", "is missing"),
    (FETCHED, "    kind: csv\n    folder: drop/files\n", "    kind: board\n", "2.folder", "`sftp` fetches"),
    (VIEWED, "reporting.shifts", "shifts; DROP TABLE x", "2.view.view", "is not the name of a view"),
    (VIEWED, "reporting.shifts", "(SELECT 1)", "2.view.view", "is not the name of a view"),
    (VIEWED, "reader@db", "reader:secret@db", "2.view.address", "holds a password"),
    (VIEWED, "address: postgresql://reader@db.example/workforce", "file: a.db", "2.view.view", "names a schema"),
    (VIEWED, "      view: rep", "      file: a.db\n      view: rep", "2.view.address", "stands beside `file`"),
    (VIEWED, "    mapping", "    folder: drop\n    mapping", "2.folder", "is of no use"),
    (VIEWED, "cursor: employee", "cursor: changed", "2.view.cursor", "changed"),
    (VIEWED, "since: 0", "since: 0", "2.view", "has no `fact_key`"),
    (STREAMED, "kafka.example:9093", "kafka.example", "2.stream.kafka.servers.0", "address of a broker"),
    (STREAMED, "kafka.example:9093", "ward:secret@kafka:9093", "2.stream.kafka.servers.0", "address of a broker"),
    (STREAMED, "kafka.example:9093", "kafka.example:99999", "2.stream.kafka.servers.0", "address of a broker"),
    (STREAMED, "        tls: {}\n", "", "2.stream.kafka.servers.0", "nothing would be encrypted"),
    (STREAMED, "tls: {}", "tls: {certificate: a.pem}", "2.stream.kafka.tls.key", "is missing beside the other"),
    (
        STREAMED,
        "        tls: {}\n",
        "        tls: {}\n        user: ward\n",
        "2.stream.kafka.password",
        "missing beside",
    ),
    (STREAMED, "topic: adt", "topic: adt/1", "2.stream.kafka.topic", "cannot be a topic"),
    (STREAMED, "localhost:4223", "nats.example:4223", "3.stream.nats.servers.1", "nothing would be encrypted"),
    (STREAMED, "hospital.fhir.*", "hospital..fhir", "3.stream.nats.subject", "is not a subject"),
    (STREAMED, "hospital.fhir.*", "hospital.>.fhir", "3.stream.nats.subject", "is not a subject"),
    (STREAMED, "stream: HOSPITAL", "stream: HOSPITAL.A", "3.stream.nats.stream", "cannot be a stream"),
    (STREAMED, "creds\n", "creds\n        token: secret/token\n", "3.stream.nats.token", "stands beside `credentials`"),
    (
        STREAMED,
        "      nats:\n",
        "      kafka: {servers: ['[::1]:1'], topic: t}\n      nats:\n",
        "3.stream",
        "needs one of",
    ),
    (STREAMED, "kind: fhir", "kind: csv\n    folder: drop", "3.stream", "is of no use to a csv feed"),
    (STREAMED, "    kind: hl7v2\n", "    kind: hl7v2\n    sender: {application: EHR}\n", "2.sender", "is of no use"),
    (STREAMED, "    kind: hl7v2\n", "    kind: hl7v2\n    messages: [ADT]\n", "2.messages", "a broker gives"),
]


def with_feeds(feeds: str) -> str:
    """The small site with these feeds after its own two."""
    return SITE.replace("workflows:\n", f"{feeds}workflows:\n", 1)


@pytest.mark.parametrize(
    ("feeds", "find", "put", "field", "what"), WAYS, ids=[f"{way[3]}: {way[2]}"[:50] for way in WAYS]
)
def test_a_server_that_cannot_be_reached_so_is_named(
    tmp_path: Path, *, feeds: str, find: str, put: str, field: str, what: str
) -> None:
    assert find in feeds
    found = problems(tmp_path, with_feeds(feeds.replace(find, put, 1)), roster=ROSTER)
    said = [str(problem.facts["what"]) for problem in found if problem.facts["field"] == f"feeds.{field}"]
    assert any(what in each for each in said), found
    assert "secret" not in str(found)


def test_two_feeds_of_one_group_would_each_get_a_part(tmp_path: Path) -> None:
    shared = STREAMED.replace("tls: {}", "tls: {}\n        group: ward").partition("  - name: other")[0]
    found = problems(tmp_path, with_feeds(shared + shared.replace("name: stream", "name: again")), roster=ROSTER)
    assert any("is where the feed `stream` reads, under the same name" in str(problem) for problem in found)
