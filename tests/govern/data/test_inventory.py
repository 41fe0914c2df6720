"""The interoperability map: made from the site's own files, complete, and honest about what is risky."""

from dataclasses import replace

from wardwise.assemble.workflows import load_workflows
from wardwise.govern.data.inventory import destinations, sources
from wardwise.sites.load import SiteFolder
from wardwise.sites.publish import Publish


def test_every_feed_is_a_source_with_its_people_and_its_readers(folder: SiteFolder) -> None:
    found = {source.feed: source for source in sources(folder, load_workflows(folder))}
    assert list(found) == [feed.name for feed in folder.site.feeds]
    oru = found["oru"]
    assert (oru.told_by, oru.freshness, oru.rhythm) == ("EHR/LGH ORU", "stream", "every 15 min")
    assert (oru.owner, oru.steward) == ("EHR integration team", "Nursing informatics")
    assert oru.read_by == ("deterioration",)
    assert oru.exceptions == "set aside under Feeds, for Nursing informatics; silence to EHR integration team"
    assert not oru.messy


def test_what_is_risky_about_a_source_is_said(folder: SiteFolder) -> None:
    found = {source.feed: source for source in sources(folder, load_workflows(folder))}
    assert "no field is watched for a change of meaning" in found["roster"].risks
    bare = SiteFolder(folder.site, folder.mappings, {}, folder.overlays)
    without = {source.feed: source for source in sources(bare, {})}
    assert without["oru"].risks == ("no contract: nothing is promised, and nothing is noticed",)
    assert not without["board"].messy  # people's answers promise nothing


def test_destinations_are_roles_on_the_board_and_services_in_the_ehr(folder: SiteFolder) -> None:
    ends = {(end.kind, end.name): end.workflows for end in destinations(folder)}
    assert ends["cds-hooks patient-view", "deterioration"] == ("deterioration",)
    assert ends["board", "bed-manager"] == ("ed_demand",)
    assert not any(end.kinds for end in destinations(folder))


def test_a_stream_that_is_published_to_is_a_destination_with_its_kinds(folder: SiteFolder) -> None:
    told = {
        "name": "engine",
        "kinds": ["advice.given"],
        "owner": "EHR integration team",
        "stream": {"kafka": {"servers": ["127.0.0.1:9092"], "topic": "hospital.wardwise"}},
    }
    site = folder.site.model_copy(update={"publish": (Publish.model_validate(told),)})
    (stream,) = (end for end in destinations(replace(folder, site=site)) if end.kinds)
    assert (stream.name, stream.kind, stream.kinds) == ("engine", "kafka hospital.wardwise", ("advice.given",))
