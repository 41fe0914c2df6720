from collections import Counter
from datetime import UTC, datetime, timedelta

from wardwise.demo.people import Answer, answer_of
from wardwise.hospital.moment import iso
from wardwise.sites.people import SEED_REASONS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def card(*, expires: datetime = NOON + timedelta(hours=4), workflow: str = "deterioration") -> dict[str, object]:
    return {
        "owner": "charge-nurse",
        "may_override": ["charge-nurse", "physician"],
        "expires_at": iso(expires),
        "source": {"label": "wardwise", "workflow": workflow},
    }


def crowd(**kinds: object) -> list[Answer | None]:
    return [answer_of(7, f"a{n}", card(**kinds), given=NOON) for n in range(600)]  # type: ignore[arg-type]


def test_the_same_seed_and_advice_get_the_same_answer() -> None:
    assert crowd() == crowd()
    assert [answer_of(8, f"a{n}", card(), given=NOON) for n in range(600)] != crowd()


def test_most_accept_some_decide_otherwise_and_a_minority_does_not_answer() -> None:
    counts = Counter(answer.answer if answer else "ignored" for answer in crowd())
    assert 0.5 < counts["accepted"] / 600 < 0.7
    assert 0.13 < counts["overridden"] / 600 < 0.27
    assert 0.14 < counts["ignored"] / 600 < 0.28


def test_an_override_has_a_coded_reason_and_an_acceptance_none() -> None:
    offered = {reason.code for reason in SEED_REASONS}
    for workflow in ("deterioration", "staffing", "ed_demand", "another"):
        given = [answer for answer in crowd(workflow=workflow) if answer]
        assert {answer.reason for answer in given if answer.answer == "overridden"} <= offered
        assert {answer.reason for answer in given if answer.answer == "accepted"} == {""}


def test_only_roles_the_card_allows_answer() -> None:
    assert {answer.role for answer in crowd() if answer} == {"charge-nurse"}
    foreign = card() | {"owner": "bed-manager"}
    given = [answer_of(7, f"a{n}", foreign, given=NOON) for n in range(600)]
    assert {(a.answer, a.role) for a in given if a} == {
        ("accepted", "bed-manager"),
        ("overridden", "charge-nurse"),
        ("overridden", "physician"),
    }


def test_nobody_answers_after_the_advice_has_expired() -> None:
    soon = [answer for answer in crowd(expires=NOON + timedelta(minutes=10)) if answer]
    assert soon
    assert all(timedelta(minutes=1) <= answer.after < timedelta(minutes=10) for answer in soon)


def test_answers_take_longer_at_night() -> None:
    def middle(hour: int) -> timedelta:
        given = NOON.replace(hour=hour)
        late = card(expires=given + timedelta(days=1))
        return sorted(a.after for n in range(300) if (a := answer_of(7, f"a{n}", late, given=given)))[100]

    assert middle(3) > 1.3 * middle(12)
