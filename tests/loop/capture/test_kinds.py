from datetime import UTC, datetime

import pytest

from wardwise.errors import ImpossibleValue, UnknownKind
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.kinds import CATALOGUE, check, kind_of
from wardwise.loop.capture.kinds.decision import MODES
from wardwise.loop.capture.kinds.kind import Kind, Type, optional, required, text
from wardwise.sites.site import Mode

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
PULSE = {"code": "pulse", "value": "88", "ucum": "/min"}


def draft(kind: str = "sign.measured", *, version: int = 1, encounter: str | None = "e1", **payload: object) -> Draft:
    about = About(encounter=encounter)
    return Draft(id="v1", kind=kind, version=version, occurred_at=AT, source="oru", about=about, payload=payload)


def test_a_vital_sign_with_all_it_needs_is_accepted() -> None:
    check(draft(**PULSE))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (draft(**PULSE, encounter=None), "must say which encounter"),
        (draft(value="88"), "needs the field code"),
        (draft(code="pulse", value="fast"), "field value of sign.measured is not of type decimal"),
        (draft(code="pulse", value="Infinity"), "not of type decimal"),
        (draft(code="pulse", colour="red"), "has no field colour"),
        (draft("bed.changed", state="tidy"), "one of free, occupied"),
        (draft("stay.arrived", **{"class": "vip"}), "one of emergency"),
        (draft("arrivals.counted", hour="yesterday", count=3), "not of type time"),
        (draft("arrivals.counted", hour="2026-03-01T00:00:00Z", count=True), "not of type integer"),
    ],
)
def test_a_draft_that_is_not_of_its_kind_is_refused_with_the_reason(wrong: Draft, says: str) -> None:
    with pytest.raises(ImpossibleValue, match=says):
        check(wrong)


ABOUT = About(patient="p1", encounter="e1")


def stay(word: str, about: About = ABOUT, **payload: object) -> Draft:
    return Draft(id="s1", kind=f"stay.{word}", occurred_at=AT, source="adt", about=about, payload=payload)


@pytest.mark.parametrize(
    "right",
    [
        stay("merged", merged_patient="p2"),
        stay("merged", merged_patient="p2", manner="renumber"),
        stay("moved"),
        stay("moved", from_patient="p2", from_encounter="e2"),
        stay("expected", what="transfer", expected_at="2026-03-01T12:00:00Z", to_unit="demo/4a"),
        stay("cancelled", target="stay"),
        stay("cancelled", target="stay.expected", target_what="discharge"),
    ],
)
def test_a_stay_may_be_linked_moved_expected_and_called_off(right: Draft) -> None:
    check(right)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (stay("merged", merged_patient="p1"), "names one patient twice"),
        (stay("merged", merged_patient="p2", manner="guess"), "one of merge, link, renumber"),
        (stay("moved", About(encounter="e1")), "must say which patient"),
        (stay("moved", from_encounter="e1"), "names one encounter twice"),
        (stay("expected", what="luck"), "one of admission, transfer, discharge"),
        (stay("cancelled", target="stay.updated"), "one of stay, stay.arrived"),
        (stay("cancelled", target="stay.admitted", target_what="admission"), "with the target stay.expected alone"),
    ],
)
def test_a_stay_fact_that_contradicts_itself_is_refused_with_the_reason(wrong: Draft, says: str) -> None:
    with pytest.raises(ImpossibleValue, match=says):
        check(wrong)


def test_a_refusal_never_repeats_the_value() -> None:
    with pytest.raises(ImpossibleValue) as refused:
        check(draft(code="pulse", value="ZZPHI-Smith"))
    assert "ZZPHI" not in str(refused.value)


def test_an_unknown_kind_stops_with_a_message() -> None:
    with pytest.raises(UnknownKind, match=r"moon\.landed"):
        check(draft("moon.landed"))


def test_a_newer_version_than_this_program_knows_stops_with_a_message() -> None:
    with pytest.raises(UnknownKind, match="upgrade"):
        check(draft(version=2, **PULSE))


def test_an_older_payload_is_read_in_the_current_version() -> None:
    kind = Kind(
        "weight.measured",
        "v",
        "A weight.",
        (text("kilograms"), optional("scale")),
        version=3,
        upcasters={1: lambda old: {"kilograms": old["kg"]}, 2: lambda old: {**old, "scale": "unknown"}},
    )
    assert kind.upcast(1, {"kg": "80"}) == {"kilograms": "80", "scale": "unknown"}


def test_every_kind_that_has_older_versions_can_read_each_of_them() -> None:
    for kind in CATALOGUE.values():
        assert set(kind.upcasters) == set(range(1, kind.version)), kind.name


def test_the_catalogue_holds_the_events_of_the_taxonomy() -> None:
    wanted = {
        "stay.arrived stay.registered stay.admitted stay.transferred stay.discharged stay.left stay.returned",
        "stay.cancelled stay.merged sign.measured lab.resulted order.placed note.written bed.changed census.counted",
        "case.booked case.changed case.cancelled case.started case.ended shift.assigned shift.clocked_in",
        "shift.clocked_out shift.called_out shift.swapped resource.short prediction.made advice.given",
        "delivery.made response.given outcome.measured contract.breached incident.opened approval.given",
        "mode.changed tier.changed feed.silent erasure stay.moved stay.expected",
    }
    for kind in " ".join(wanted).split():
        assert kind_of(kind, 1).meaning


def test_a_required_field_of_type_list_is_checked_as_one() -> None:
    kind = Kind("x.y", "x", "m", (required("items", Type.LIST),))
    assert list(kind.problems(draft("x.y", items="no"))) == ["the field items of x.y is not of type list"]


def test_modes_in_the_log_are_the_modes_of_a_site() -> None:
    assert tuple(Mode) == MODES
