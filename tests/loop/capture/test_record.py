from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from wardwise.loop.capture.event import About, Event, KnownBasis, Status
from wardwise.loop.capture.fold import fold_key
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.record import decode, encode

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
PULSE = Event(
    id="v1",
    kind="sign.measured",
    occurred_at=AT,
    source="oru",
    about=About(unit="demo/4a", encounter="e1"),
    payload={"code": "pulse", "value": "88"},
    site="demo",
    position=7,
    recorded_at=AT + timedelta(minutes=1),
    known_at=AT + timedelta(minutes=1),
)


@given(
    st.builds(
        Event,
        id=st.text(min_size=1, max_size=8),
        kind=st.just("note.written"),
        occurred_at=st.datetimes(timezones=st.just(UTC)),
        source=st.text(max_size=8),
        about=st.builds(About, unit=st.none() | st.text(min_size=1), patient=st.none() | st.text(min_size=1)),
        status=st.sampled_from(Status),
        confidence=st.none() | st.just("0.8"),
        sequence=st.integers(0, 9),
        caused_by=st.lists(st.text(min_size=1), max_size=3).map(tuple),
        supersedes=st.none() | st.text(min_size=1),
        flags=st.lists(st.text(min_size=1), max_size=3).map(tuple),
        known_basis=st.sampled_from(KnownBasis),
        payload=st.dictionaries(st.text(), st.none() | st.integers() | st.text(), max_size=3),
        site=st.just("demo"),
        position=st.integers(1, 10**9),
        recorded_at=st.datetimes(timezones=st.just(UTC)),
        known_at=st.datetimes(timezones=st.just(UTC)),
    )
)
def test_an_event_comes_back_from_its_stored_bytes(event: Event) -> None:
    assert decode(encode(event)) == event


def test_an_event_is_seen_at_its_own_position_and_instant_and_not_before() -> None:
    assert Instant(PULSE.known_at, 7).sees(PULSE)
    assert not Instant(PULSE.known_at, 6).sees(PULSE)
    assert not Instant(PULSE.known_at - timedelta(microseconds=1), 7).sees(PULSE)


def test_state_folds_by_what_happened_first_whatever_arrived_first() -> None:
    earlier_but_late = replace(PULSE, id="v2", occurred_at=AT - timedelta(hours=1), position=9)
    same_instant_later_in_source = replace(PULSE, id="v3", sequence=1, position=3)
    events = [same_instant_later_in_source, PULSE, earlier_but_late]
    assert [event.id for event in sorted(events, key=fold_key)] == ["v2", "v1", "v3"]
