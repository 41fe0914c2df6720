from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from wardwise.errors import ImpossibleValue
from wardwise.hospital.shift import Shift
from wardwise.sites.policy import Policy
from wardwise.workflows.staffing.action import Action, Move, action_of
from wardwise.workflows.staffing.decide import Rules
from wardwise.workflows.staffing.demand import Demand
from wardwise.workflows.staffing.grid import beyond, nurses_for

SEVEN = datetime(2026, 3, 2, 13, tzinfo=UTC)  # 07:00 in Chicago
DAY = Shift("day", date(2026, 3, 2), SEVEN, SEVEN + timedelta(hours=12))
MINUTES = timedelta(minutes=1)
RULES = Rules(
    call_from=1,
    release_from=2,
    ahead=720 * MINUTES,
    notice=120 * MINUTES,
    respond_within=30 * MINUTES,
    least_left=180 * MINUTES,
    refresh_least=5 * MINUTES,
    refresh_longest=35 * MINUTES,
    lower_for=60 * MINUTES,
    critical_from=3,
)


def grid(*rows: tuple[str, int, int]) -> Policy:
    value = tuple({"shift": s, "arrivals_up_to": Decimal(a), "nurses": Decimal(n)} for s, a, n in rows)
    return Policy.model_validate(
        {"id": "ed_nurse_grid", "value": value, "from": "2026-01-01", "source": "Plan", "owner": "Nurses"}
    )


@pytest.mark.parametrize(("arrivals", "nurses"), [(0, 6), (40, 6), (40.1, 8), (60, 8), (61, 8)])
def test_the_first_row_that_holds_the_arrivals_counts_its_limit_included(arrivals: float, nurses: int) -> None:
    assert nurses_for(arrivals, DAY, grid(("day", 60, 8), ("day", 40, 6), ("night", 20, 3))) == nurses


@pytest.mark.parametrize(("arrivals", "nurses", "limit"), [(60, 8, None), (60.1, 8, 60.0), (400, 8, 60.0)])
def test_beyond_the_last_row_it_stands_in_and_the_limit_is_told(
    arrivals: float, nurses: int, limit: float | None
) -> None:
    plan = grid(("day", 60, 8), ("day", 40, 6), ("any", 500, 30))
    assert (nurses_for(arrivals, DAY, plan), beyond(arrivals, DAY, plan)) == (nurses, limit)


def test_rows_for_any_shift_stand_in_where_a_shift_has_none() -> None:
    assert nurses_for(30, DAY, grid(("night", 50, 2), ("any", 50, 5))) == 5


def test_a_shift_without_a_row_is_refused() -> None:
    with pytest.raises(ImpossibleValue, match="no row for the shift day"):
        nurses_for(30, DAY, grid(("night", 50, 2)))


@pytest.mark.parametrize("action", [Action(Move.CALL, 2), Action(Move.CALL, 2, 1), Action(Move.RELEASE, 3)])
def test_an_action_is_read_back_from_its_code(action: Action) -> None:
    assert action_of(action.code) == action


def row(*, base: int, high: int, surge: int, free: int = 2, starts: datetime = SEVEN) -> dict[str, object]:
    """A shift with these gaps: rostered less needed."""
    return {
        "shift": "2026-03-02/day",
        "starts": starts.isoformat(),
        "ends": (starts + timedelta(hours=12)).isoformat(),
        "float_free": free,
        "called_out": 0,
        "gap": {"base": base, "high": high, "surge": surge},
    }


@pytest.mark.parametrize(
    ("base", "free", "action"),
    [
        (0, 2, Action(Move.HOLD, 0)),
        (-1, 2, Action(Move.CALL, 1)),
        (-2, 2, Action(Move.CALL, 2)),
        (-3, 2, Action(Move.CALL, 2, 1)),
        (-2, 0, Action(Move.HOLD, 2)),
    ],
)
def test_who_is_short_is_called_from_the_pool_as_far_as_it_goes(base: int, free: int, action: Action) -> None:
    assert RULES.action(row(base=base, high=base - 1, surge=base - 2, free=free), "base") == action


@pytest.mark.parametrize(
    ("base", "free", "called", "coming", "action"),
    [
        (-1, 1, 1, 1, Action(Move.CALL, 1)),  # the one who comes is enough
        (-3, 2, 1, 1, Action(Move.CALL, 3)),
        (-2, 2, 1, 0, Action(Move.CALL, 3)),  # the first has joined the roster and does not count as short
        (-2, 0, 1, 1, Action(Move.CALL, 1, 1)),
        (-1, 0, 1, 0, Action(Move.HOLD, 1)),
        (-1, 0, 3, 3, Action(Move.CALL, 1)),
        (0, 1, 1, 0, Action(Move.HOLD, 0)),
    ],
)
def test_a_call_counts_in_all_who_was_called_to_the_shift(
    base: int, free: int, called: int, coming: int, action: Action
) -> None:
    told = {**row(base=base, high=base, surge=base, free=free), "float_called": called, "float_coming": coming}
    assert RULES.action(told, "base") == action


@pytest.mark.parametrize(("base", "high", "count"), [(5, 1, 0), (5, 2, 1), (5, 4, 3), (2, 4, 1), (1, 4, 0)])
def test_a_release_leaves_one_more_than_a_high_day_needs(base: int, high: int, count: int) -> None:
    found = RULES.action(row(base=base, high=high, surge=0), "base")
    assert found == (Action(Move.RELEASE, count) if count else Action(Move.HOLD, 0))


def test_each_scenario_has_its_own_action() -> None:
    found = row(base=0, high=-1, surge=-3)
    actions = {scenario: RULES.action(found, scenario) for scenario in ("base", "high", "surge")}
    assert actions == {
        "base": Action(Move.HOLD, 0),
        "high": Action(Move.CALL, 1),
        "surge": Action(Move.CALL, 2, 1),
    }


@pytest.mark.parametrize(
    ("hours_from_start", "in_time"), [(-13, False), (-12, True), (0, True), (8.9, True), (9, False)]
)
def test_a_shift_is_advised_on_from_one_shift_ahead_until_too_little_is_left(
    hours_from_start: float, *, in_time: bool
) -> None:
    now = SEVEN + timedelta(hours=hours_from_start)
    assert RULES.in_time(row(base=0, high=0, surge=0), now) is in_time


def test_a_surge_is_acted_on_for_the_shift_it_is_in_alone() -> None:
    surging, calm = forecast(is_surge=True, made_at=SEVEN), forecast(is_surge=False, made_at=SEVEN)
    assert surging.scenario(SEVEN, SEVEN + timedelta(hours=1)) == "surge"
    assert surging.scenario(SEVEN, SEVEN - timedelta(hours=1)) == "base"
    assert calm.scenario(SEVEN, SEVEN + timedelta(hours=1)) == "base"


def forecast(*, is_surge: bool, made_at: datetime = SEVEN + timedelta(hours=7)) -> Demand:
    said = {"from": "", "to": "", "0.1": "56", "0.5": "66", "0.9": "75", "0.975": "82"}
    surge = {"is_surge": is_surge, "excess": "27"}
    return Demand("p1", made_at, "full", {"sums": {"shift:2026-03-02/day": said}, "surge": surge})


def test_the_scenarios_are_the_middle_the_high_end_and_the_far_end_of_the_forecast() -> None:
    found = forecast(is_surge=False)
    assert [found.arrivals(DAY, name) for name in ("base", "high", "surge")] == [66, 75, 82]


def test_an_observed_surge_that_is_larger_than_the_far_end_takes_its_place() -> None:
    assert forecast(is_surge=True).arrivals(DAY, "surge") == 66 + 27


def test_a_surge_now_does_not_raise_a_shift_that_has_not_begun() -> None:
    assert forecast(is_surge=True, made_at=SEVEN - timedelta(hours=1)).arrivals(DAY, "surge") == 82


def test_a_shift_the_forecast_does_not_tell_of_has_no_arrivals() -> None:
    other = Shift("day", date(2026, 3, 9), SEVEN, SEVEN)
    assert forecast(is_surge=False).arrivals(other, "base") is None


def test_nobody_is_released_where_the_grid_does_not_say_what_a_high_day_needs() -> None:
    roomy = row(base=5, high=4, surge=4)
    assert RULES.action(roomy, "base") == Action(Move.RELEASE, 3)
    assert RULES.action({**roomy, "beyond_grid": ["surge"]}, "base") == Action(Move.RELEASE, 3)
    assert RULES.action({**roomy, "beyond_grid": ["high", "surge"]}, "base") == Action(Move.HOLD, 0)
