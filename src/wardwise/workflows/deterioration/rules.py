"""The rules that are set side by side: what the policy tells, its graver parts, and three that are duller."""

from collections.abc import Callable
from datetime import timedelta

from wardwise.loop.declare.files import Files
from wardwise.rehearse.burden.watched import Moment, Rule, Saying
from wardwise.workflows.deterioration.asked import Response, rank
from wardwise.workflows.deterioration.news2 import Band

TOLD = "told"
SINGLE = 3

Making = Callable[[Files], Rule]


def _told(_files: Files) -> Rule:
    return lambda moment: _saying(moment.found["response"])


def _from_band(least: Band) -> Making:
    def making(_files: Files) -> Rule:
        def rule(moment: Moment) -> Saying | None:
            response = moment.found["response"]
            return _saying(response) if response and rank(response.state) >= least.rank else None

        return rule

    return making


def _single(files: Files) -> Rule:
    """One parameter that is worth three points, as charts before aggregate scores had it."""
    repeat = _longest_repeat(files)
    return lambda moment: Saying(0, repeat) if SINGLE in moment.found["components"].values() else None


def _every_set(files: Files) -> Rule:
    """Whatever was measured, told as often as the policy lets anything be repeated."""
    repeat = _longest_repeat(files)
    return lambda _moment: Saying(0, repeat)


def _never(_files: Files) -> Rule:
    return lambda _moment: None


def _longest_repeat(files: Files) -> timedelta:
    """As a medium score is repeated: the rules differ in what they tell and not in how often."""
    values = [each.policy for each in files.policies.filed if each.policy.id == "response"]
    rows = max(values, key=lambda policy: (policy.level, policy.valid_from)).rows
    minutes = next((row["repeat_after"] for row in rows if row["state"] == Band.MEDIUM.value), rows[0]["repeat_after"])
    return timedelta(minutes=int(minutes))


def _saying(response: Response | None) -> Saying | None:
    return None if response is None else Saying(rank(response.state), response.repeat_after)


RULES: dict[str, Making] = {TOLD: _told, "urgent": _from_band(Band.MEDIUM), "emergency": _from_band(Band.HIGH)}
BASELINES: dict[str, Making] = {"single_parameter": _single, "every_set": _every_set, "never": _never}
