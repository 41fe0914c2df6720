"""Each way of naming a stream to publish to wrongly: the line, the field and the words that come back."""

import shutil
from pathlib import Path

import pytest
from tests.sites.test_broken_site_files import SITE

from wardwise.sites.broken import BrokenFiles
from wardwise.sites.load import SiteFolder, load_site
from wardwise.sites.publish import Begin, Published, comes_back
from wardwise.sites.stream import Kafka, Nats, Stream

PUBLISHED = """\
publish:
  - name: engine
    kinds: [advice.given, response.given]
    owner: EHR integration team
    stream:
      nats:
        servers: ["localhost:4222"]
        stream: WARDWISE
        subject: wardwise.advice
  - name: platform
    kinds: [outcome.measured]
    from: beginning
    owner: Data platform team
    stream:
      kafka:
        servers: ["kafka.example:9093"]
        topic: wardwise
        tls: {}
"""
READ = """\
  - name: adt-stream
    kind: fhir
    mapping: fhir.yaml
    freshness: stream
    owner: EHR
    steward: EHR
    stream: {stream}
workflows:
"""
BROKEN = [
    ("advice.given", "stay.admitted", "0.kinds.0", "stay.admitted"),
    ("advice.given", "response.given", "0.kinds.1", "`response.given` stands twice"),
    ("kinds: [outcome.measured]", "kinds: []", "1.kinds", "has fewer than 1 items"),
    ("from: beginning", "from: yesterday", "1.from", "yesterday"),
    ("name: platform", "name: engine", "1.name", "`engine` is already taken"),
    ("    owner: EHR integration team\n", "", "0.owner", "missing"),
    ("wardwise.advice", "wardwise.*", "0.stream.nats.subject", "must name one subject"),
    ("        subject: wardwise.advice\n", "", "0.stream.nats.subject", "must name one subject"),
    ("stream: WARDWISE", "stream: WARDWISE\n        consumer: me", "0.stream.nats.consumer", "is of no use"),
    ("topic: wardwise", "topic: wardwise\n        group: me", "1.stream.kafka.group", "is of no use"),
    ("        tls: {}\n", "", "1.stream.kafka.servers.0", "nothing would be encrypted"),
    ("localhost:4222", "nats://localhost:4222", "0.stream.nats.servers.0", "is not the address of a broker"),
]


def written(folder: Path, text: str, feed: str = "workflows:\n") -> Path:
    whole = SITE.replace("workflows:\n", feed.replace("workflows:\n", f"{text}workflows:\n"), 1)
    (folder / "site.yaml").write_text(whole)
    return folder


def problems(folder: Path) -> list[dict[str, str]]:
    with pytest.raises(BrokenFiles) as caught:
        load_site(folder)
    return [{key: str(value) for key, value in problem.facts.items()} for problem in caught.value.problems]


@pytest.mark.parametrize(("find", "put", "field", "what"), BROKEN)
def test_a_stream_that_cannot_be_published_to_is_named(
    tmp_path: Path, *, find: str, put: str, field: str, what: str
) -> None:
    assert find in PUBLISHED
    found = problems(written(tmp_path, PUBLISHED.replace(find, put, 1)))
    lines = (tmp_path / "site.yaml").read_text().splitlines()
    ours = [each for each in found if each["field"] == f"publish.{field}"]
    assert any(what in each["what"] for each in ours), found
    assert lines.index("publish:") < int(ours[0]["line"]) <= len(lines)
    assert ours[0]["file"].endswith("site.yaml")
    assert ours[0]["remedy"]


def test_two_entries_do_not_publish_in_one_place(tmp_path: Path) -> None:
    again = PUBLISHED.partition("publish:\n")[2].replace("engine", "again").replace("platform", "more")
    again = again.replace("kafka.example:9093", 'new.example:9093", "KAFKA.example:9093').replace("localhost", "[::1]")
    found = problems(written(tmp_path, PUBLISHED + again))
    assert {each["field"] for each in found} == {"publish.2.stream", "publish.3.stream"}
    assert "is where `engine` publishes" in found[0]["what"]


def test_a_stream_that_keeps_one_copy_of_an_event_is_not_sent_two(tmp_path: Path) -> None:
    (engine,) = (each for each in PUBLISHED.partition("publish:\n")[2].split("  - name: platform")[:1])
    other = engine.replace("engine", "again").replace("wardwise.advice", "wardwise.all")
    (found,) = problems(written(tmp_path, PUBLISHED + other))
    assert found["field"] == "publish.2.stream.nats.stream"
    assert "keeps one copy of an event, and `advice.given` goes there from `engine`" in found["what"]
    for put in (("[advice.given, response.given]", "[outcome.measured]"), ("stream: WARDWISE", "stream: OTHER")):
        load_but_for_files(written(tmp_path, PUBLISHED + other.replace(*put)))


def load_but_for_files(folder: Path) -> None:
    """Only what a small site lacks is missing."""
    for name in ("roster", "fhir"):
        (folder / f"{name}.yaml").touch()
    with pytest.raises(BrokenFiles) as caught:
        load_site(folder)
    assert not any("publish" in str(each.facts["field"]) for each in caught.value.problems)


@pytest.mark.parametrize(
    "stream",
    [
        "{nats: {servers: ['127.0.0.1:4222'], stream: WARDWISE}}",
        "{nats: {servers: ['127.0.0.1:4222'], stream: WARDWISE, subject: 'wardwise.*'}}",
        "{kafka: {servers: ['other.example:9093', 'KAFKA.example:9093'], topic: wardwise, tls: {}}}",
    ],
)
def test_our_own_events_do_not_come_back_as_messages(tmp_path: Path, stream: str) -> None:
    found = problems(written(tmp_path, PUBLISHED, READ.format(stream=stream)))
    assert any("is what the feed `adt-stream` reads" in each["what"] for each in found), found


@pytest.mark.parametrize(
    ("pattern", "back"),
    [
        (">", True),
        ("wardwise.>", True),
        ("wardwise.advice", True),
        ("*.advice", True),
        ("*.*", True),
        ("wardwise", False),
        ("*", False),
        ("wardwise.advice.>", False),
        ("wardwise.other", False),
        ("hospital.>", False),
    ],
)
def test_a_subject_is_read_by_the_patterns_of_nats(pattern: str, *, back: bool) -> None:
    out = Stream(nats=Nats(servers=("[::1]:4222",), stream="W", subject="wardwise.advice"))
    read = Stream(nats=Nats(servers=("localhost:4222",), stream="W", subject=pattern))
    assert comes_back(out, read) is back
    assert not comes_back(out, Stream(nats=Nats(servers=("localhost:4223",), stream="W", subject=pattern)))
    assert not comes_back(out, Stream(nats=Nats(servers=("localhost:4222",), stream="X", subject=pattern)))
    assert not comes_back(out, Stream(kafka=Kafka(servers=("localhost:4222",), topic="W")))


def test_nothing_is_published_unless_it_is_written(demo_site: Path, tmp_path: Path) -> None:
    assert load_site(demo_site).site.publish == ()
    site = Path(shutil.copytree(demo_site, tmp_path / "site"))
    with (site / "site.yaml").open("a") as file:
        file.write(PUBLISHED)
    loaded = load_site(site)
    engine, platform = loaded.site.publish
    assert (engine.begin, platform.begin) == (Begin.NOW, Begin.BEGINNING)
    assert platform.kinds == (Published.OUTCOME,)
    assert SiteFolder.from_snapshot(loaded.snapshot()).site.publish == loaded.site.publish
