"""A site that hears of its stays by HL7 v2 and by FHIR, with mappings a site would write."""

import shutil
from pathlib import Path

from wardwise.sites.feed import Feed, FeedKind, Freshness, Sender
from wardwise.sites.load import SiteFolder
from wardwise.sites.mapping import read_mapping

KEY = b"k" * 32
UNITS = "codes:\n  units: {ED: ed, 4A: 4a, 4B: 4b, 5A: 5a, ICU: icu}\n"
HL7 = f"format: hl7v2\nversion: 1\nextends: standard/all.yaml\n{UNITS}"
FHIR = f'format: fhir\nversion: 1\nextends: standard/fhir.yaml\n{UNITS}  authorities: {{"urn:oid:1.2.3": HOSP}}\n'
ASKING = """
feeds:
  - name: records
    kind: fhir
    mapping: mappings/records.yaml
    freshness: batch
    owner: o
    steward: s
    poll: {{url: {url}, types: [Encounter, Observation], since: 2026-01-01T00:00:00Z, token: {token}}}
"""


def asking(demo: Path, folder: Path, url: str) -> Path:
    """The demo site in a folder of its own, with a feed that asks a server and shows it a token."""
    own = Path(shutil.copytree(demo, folder / "site"))
    (folder / "token").write_text("charting")
    (folder / "token").chmod(0o600)
    feed = ASKING.format(url=url, token=folder / "token")
    (own / "site.yaml").write_text((own / "site.yaml").read_text().replace("\nfeeds:\n", feed, 1))
    (own / "mappings" / "records.yaml").write_text(FHIR)
    return own


def two_feeds(demo: SiteFolder, folder: Path) -> SiteFolder:
    """The demo site with nothing but a feed of each kind."""
    mappings = {}
    for name, text in (("v2", HL7), ("fhir", FHIR)):
        (folder / f"{name}.yaml").write_text(text)
        mappings[name] = read_mapping(folder / f"{name}.yaml")
    sender = Sender(application="EHR")
    common = {"freshness": Freshness.STREAM, "owner": "o", "steward": "s"}
    feeds = (
        Feed(name="v2", kind=FeedKind.HL7V2, sender=sender, mapping="mappings/v2.yaml", **common),
        Feed(name="fhir", kind=FeedKind.FHIR, mapping="mappings/fhir.yaml", **common),
    )
    return SiteFolder(demo.site.model_copy(update={"feeds": feeds}), mappings, {}, {})


def only(site: SiteFolder, feed: str) -> SiteFolder:
    """The site with one of its feeds."""
    kept = tuple(each for each in site.site.feeds if each.name == feed)
    return SiteFolder(site.site.model_copy(update={"feeds": kept}), {feed: site.mappings[feed]}, {}, {})
