"""The sentences of an advice, all from strings.yaml; nothing here decides anything."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wardwise.hospital.moment import from_iso
from wardwise.hospital.place import name_of
from wardwise.loop.capture.event import About
from wardwise.loop.plan.advice import Reason
from wardwise.workflows.deterioration.features import column
from wardwise.workflows.deterioration.news2 import INPUTS, Missing

Output = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wording:
    """Says what a prediction's output holds, in the ward's words; times are local, with the day where not today."""

    strings: Mapping[str, str]
    zone: str
    now: datetime

    def place(self, about: About) -> str:
        """`Bed 4a-12`; never the patient."""
        if about.unit is None:
            return self.strings["place_unknown"]
        unit = name_of(about.unit)
        if about.bed is None:
            return self.strings["place_unit"].format(unit=unit)
        return self.strings["place_bed"].format(unit=unit, bed=name_of(about.bed))

    def title(self, code: str) -> str:
        """The name of an input."""
        return self.strings[f"input_{column(code)}"]

    def clock(self, at: datetime) -> str:
        """`13:01`, and `Sun 13:01` where that is not today."""
        local, today = at.astimezone(ZoneInfo(self.zone)), self.now.astimezone(ZoneInfo(self.zone)).date()
        return f"{local:%H:%M}" if local.date() == today else f"{local:%a %H:%M}"

    def gap(self, output: Output, code: str) -> str:
        """`Temperature last measured 04:10`, or that it was never measured."""
        seen = output["inputs"].get(code)
        if output["missing"][code] == Missing.OLD and seen:
            return self.strings["missing_old"].format(input=self.title(code), clock=self.clock(_at(seen)))
        return self.strings[f"missing_{column(output['missing'][code])}"].format(input=self.title(code))

    def gaps(self, output: Output) -> str:
        """All gaps in one clause, the longest list cut short."""
        told = [self.gap(output, code) for code in INPUTS if code in output["missing"]]
        if len(told) <= 1:
            return "".join(told)
        if len(told) == 2:
            return self.strings["gaps_two"].format(first=told[0], second=told[1])
        return self.strings["gaps_many"].format(first=told[0], count=len(told) - 1)

    def trend(self, output: Output) -> str:
        """`, up from 3`; empty where four hours before there was no complete score or it was the same."""
        was, score = output["earlier"]["score"], output["score"]
        if was is None or score is None or was == score:
            return ""
        return self.strings["trend_up" if score > was else "trend_down"].format(was=was)

    def reasons(self, output: Output) -> Iterator[Reason]:
        """The inputs that score, most points first, then the trend, then what was measured too long ago."""
        for code in sorted(output["components"], key=lambda each: (-output["components"][each], INPUTS.index(each))):
            if output["components"][code]:
                seen = output["inputs"][code]
                yield Reason(self.says(output, code), (seen["event"],), _at(seen))
        if self.trend(output):
            earlier = output["earlier"]
            says = self.strings["reason_trend"].format(was=earlier["score"], hours=earlier["hours"])
            yield Reason(says, tuple(earlier["events"]))
        for code in INPUTS:
            if code in output["missing"] and code in output["inputs"]:
                seen = output["inputs"][code]
                yield Reason(self.gap(output, code), (seen["event"],), _at(seen))

    def says(self, output: Output, code: str) -> str:
        """`Respiratory rate 26 /min: 3 points, measured 13:01`."""
        seen, points = output["inputs"][code], output["components"][code]
        return self.strings["reason_input" if points != 1 else "reason_input_one"].format(
            input=self.title(code),
            value=self.strings[f"value_{column(code)}"].format(value=self.word(seen["value"])),
            points=points,
            clock=self.clock(_at(seen)),
        )

    def word(self, value: str) -> str:
        """A number as it is; a word of the chart as people say it."""
        return self.strings[f"word_{value}"] if value.isalpha() else value

    def detail(self, output: Output) -> tuple[tuple[str, str], ...]:
        """Every input that is no reason: its value and time where it counts for nothing, or why it is missing."""
        return tuple(
            (self.title(code), self.gap(output, code) if code in output["missing"] else self._counted(output, code))
            for code in INPUTS
            if not _is_reason(output, code)
        )

    def uncertainty(self, output: Output) -> str:
        """What the score is and is not, of when its oldest input is, and whether the age of the patient is known."""
        times = [_at(seen) for code, seen in output["inputs"].items() if code not in output["missing"]]
        told = [self.strings["uncertainty"].format(clock=self.clock(min(times)))] if times else []
        if output["missing"]:
            told.append(self.strings["uncertainty_incomplete"].format(gaps=self.gaps(output)))
        if not output["age_known"]:
            told.append(self.strings["uncertainty_age"])
        return " ".join(told)

    def _counted(self, output: Output, code: str) -> str:
        # On scale 2 a saturation can be there and still not be scored, for want of knowing about oxygen.
        return self.says(output, code) if code in output["components"] else self.strings["not_decidable"]


def _is_reason(output: Output, code: str) -> bool:
    """Whether `reasons` says it already: it scores, or was measured too long ago."""
    return bool(output["components"].get(code)) or (code in output["missing"] and code in output["inputs"])


def _at(seen: Mapping[str, Any]) -> datetime:
    return from_iso(str(seen["at"]))
