"""The readers that make facts, on the mappings of the ready sites, and the law of each."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from polars.exceptions import PolarsError

from benches.fuzz.samples import HEADER
from benches.fuzz.target import Run
from wardwise.errors import BrokenFile, ImpossibleValue
from wardwise.feeds.files import omop
from wardwise.feeds.files.meds import Importing, read_rows
from wardwise.feeds.files.meds_row import MedsRow, RowReader
from wardwise.feeds.mapped.token import Tokens
from wardwise.feeds.readers import readers
from wardwise.feeds.reading import Reader
from wardwise.loop.capture.canonical import digest
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.loop.capture.kinds import check
from wardwise.sites.extends import STANDARD
from wardwise.sites.feed import Feed, FeedKind, Freshness
from wardwise.sites.load import SiteFolder, load_site
from wardwise.sites.mapping import read_mapping
from wardwise.sites.meds_mapping import MedsMapping
from wardwise.stores.memory.log import MemoryLog

SITES = Path(__file__).parents[2] / "sites"
KEY = b"k" * 32
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TYPES = (b"ADT^A01", b"ADT^A02", b"ADT^A03", b"ADT^A04", b"ADT^A08", b"ADT^A11", b"ADT^A13", b"ADT^A40", b"ORU^R01")


def hl7_reader() -> Run:
    """A message gives facts of their kinds or says why not. The first byte chooses a header, or none."""
    made = _readers()

    def run(data: bytes) -> None:
        kind = TYPES[data[0] % len(TYPES)] if data and data[0] < 128 else b""
        body = HEADER + kind + b"|c1|P|2.5.1\r" + data[1:] if kind else data[1:]
        for name in ("oru",) if kind == b"ORU^R01" else ("adt",) if kind else ("adt", "oru"):
            _reads(made[name], name, body)

    return run


def csv_reader() -> Run:
    """A file gives facts of their kinds or says why not."""
    made = _readers()
    return lambda data: _reads(made["roster"], "roster", data)


def xes_reader() -> Run:
    """An event log gives facts of their kinds or says why not."""
    reader = readers(load_site(SITES / "research"), token_key=KEY, log=MemoryLog())["sepsis"]
    return lambda data: _reads(reader, "sepsis", b"<log>" + data)


def fhir_reader() -> Run:
    """A body of resources gives facts of their kinds or says why not."""
    site = load_site(SITES / "demo").site
    file, fresh = "mappings/x.yaml", Freshness.STREAM
    feed = Feed(name="fhir", kind=FeedKind.FHIR, mapping=file, freshness=fresh, owner="fuzz", steward="fuzz")
    mapping = read_mapping(STANDARD / "tests" / "fhir_example.yaml")
    folder = SiteFolder(site.model_copy(update={"feeds": (feed,)}), {"fhir": mapping}, {}, {})
    reader = readers(folder, token_key=KEY, log=MemoryLog())["fhir"]
    return lambda data: _reads(reader, "fhir", data)


def meds_rows() -> Run:
    """Rows of one subject, tabs between their cells, give facts of their kinds."""
    mapping = read_mapping(SITES / "research" / "mappings" / "mimic_demo.yaml")
    assert isinstance(mapping, MedsMapping)
    tokens = Tokens(KEY)

    def run(data: bytes) -> None:
        rows = [_row(number, line) for number, line in enumerate(data.decode("utf-8", "replace").split("\n"))]
        rows.sort(key=lambda row: (row.time, row.row))
        reader = RowReader(mapping, "research", "UTC", source="meds", tokens=tokens, file="0" * 64)
        for draft in reader.facts(rows):
            check(draft)

    return run


def omop_table() -> Run:
    """The bytes of a table of measurements give facts of their kinds, or it is named as none."""
    mapping = read_mapping(SITES / "research" / "mappings" / "omop.yaml")
    assert isinstance(mapping, MedsMapping)
    into = Importing(site="research", zone="America/New_York", source="omop", token_key=KEY)
    folder = TemporaryDirectory()
    file = Path(folder.name) / "measurement.csv"

    def run(data: bytes) -> None:
        file.write_bytes(data)
        try:
            for drafts in read_rows(omop.omop_table(Path(folder.name)), mapping, into):
                for draft in drafts:
                    check(draft)
        except (BrokenFile, PolarsError):  # the second is told as the first by whoever imports
            return

    return run


def _readers() -> dict[str, Reader]:
    return readers(load_site(SITES / "demo"), token_key=KEY, log=MemoryLog())


def _reads(reader: Reader, source: str, body: bytes) -> None:
    arrival = Arrival(site="demo", source=source, listener="fuzz", control_id="1", body=body, received_at=NOW)
    reading = reader.read(Raw(id=f"w{digest(body)[:32]}", sequence=1, arrival=arrival, receipt=Receipt.STORED), NOW)
    assert reading.drafts or reading.quarantine or reading.ignored or reading.problems
    for problem in (*reading.problems, *([reading.quarantine] if reading.quarantine else [])):
        assert problem.code
        assert problem.why
        assert problem.remedy
    for draft in reading.drafts:
        _checked(check, draft)


def _checked(law: Callable[..., object], draft: object) -> None:
    # What is not of its kind is set aside by the intake, by name; anything else is a fault.
    try:
        law(draft)
    except ImpossibleValue:
        return


def _row(number: int, line: str) -> MedsRow:
    cells = [*line.split("\t"), *("",) * 6]
    minutes = int(cells[1]) if cells[1].isascii() and cells[1].isdigit() and len(cells[1]) < 10 else len(line)
    return MedsRow(
        row=number,
        subject="1",
        time=datetime(1900, 1, 1) + timedelta(minutes=minutes),  # noqa: DTZ001 - as the table has it
        code=cells[2],
        number=cells[3] or None,
        text=cells[4] or None,
        stay=cells[5] or None,
    )
