"""What a site was configured by is kept whole, and reads back as it was, whatever its files leave out."""

import hashlib
from pathlib import Path

from wardwise.sites.csv_mapping import CsvMapping
from wardwise.sites.fhir_mapping import FhirMapping
from wardwise.sites.hl7_mapping import Hl7Mapping
from wardwise.sites.load import SiteFolder, load_site
from wardwise.sites.meds_mapping import MedsMapping
from wardwise.sites.snapshot import thawed
from wardwise.sites.spelling import spelled, unspelled

SITES = Path(__file__).parents[2] / "sites"


def test_mappings_without_a_title_read_back_as_they_were(tmp_path: Path) -> None:
    for file in sorted((SITES / "demo").rglob("*")):
        kept = tmp_path / "demo" / file.relative_to(SITES / "demo")
        if file.is_dir():
            kept.mkdir(parents=True, exist_ok=True)
            continue
        kept.parent.mkdir(parents=True, exist_ok=True)
        lines = file.read_text().splitlines(keepends=True)
        untitled = "mappings" in file.parts
        kept.write_text("".join(line for line in lines if not (untitled and line.startswith("title:"))))
    folder = load_site(tmp_path / "demo")
    assert None in {mapping.title for mapping in folder.mappings.values()}
    assert thawed(folder.snapshot()).mappings == folder.mappings


def test_what_an_earlier_version_wrote_keeps_its_name(folder: SiteFolder) -> None:
    parts = unspelled(folder.snapshot().decode())
    del parts["mappings"]["roster"]["sheet"]  # as if there had been no such setting then
    earlier = spelled(parts).encode()
    back = SiteFolder.from_snapshot(earlier)
    assert back.digest == hashlib.sha256(earlier).hexdigest() != folder.digest
    assert back.snapshot() == earlier


def test_no_setting_stands_at_a_value_that_would_be_refused() -> None:
    for mapping in (CsvMapping, FhirMapping, Hl7Mapping, MedsMapping):
        assert mapping.model_fields["title"].default is None, mapping.__name__
