"""The demo hospital's events as tables, without messages or doors: many weeks of them in a minute or two."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import polars as pl

from wardwise.demo import adt, oru
from wardwise.demo.arrivals import arrivals
from wardwise.demo.flow import stays
from wardwise.demo.hl7_text import Letter
from wardwise.demo.setting import Setting, setting_of
from wardwise.feeds.mapped.measured import Scale, converted
from wardwise.hospital.moment import micros
from wardwise.sites.load import SiteFolder
from wardwise.sites.named import CONVERSIONS, Conversion

INSTANT = pl.Datetime("us", "UTC")
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MEASURED = ("code", "value", "word", "ucum", "original_value", "original_measure")
KINDS: dict[str, tuple[str, ...]] = {
    "sign.measured": MEASURED,
    "lab.resulted": MEASURED,
    "stay.arrived": ("class", "complaint"),
    "stay.admitted": ("class", "service", "sex"),
    "stay.discharged": ("disposition",),
    "arrivals.counted": ("count",),
}
FEEDS = {"sign.measured": "oru", "lab.resulted": "oru", "arrivals.counted": "ed-history"}
NUMBERS = {"value", "count"}
Row = tuple[object, ...]
_TABLES = ("patient_class", "sex")


def hospital(folder: SiteFolder, *, weeks: int, seed: int) -> dict[str, pl.DataFrame]:
    """The events of a number of weeks by kind, in the order in which they were recorded."""
    setting = setting_of(folder.site, seed=seed, start=START, days=7 * weeks)
    rows: dict[str, list[Row]] = {kind: [] for kind in KINDS}
    reading = _Reading(folder)
    for stay in stays(setting):
        for letter in (*adt.letters(setting, stay), *oru.letters(setting, stay)):
            for kind, row in reading.rows(letter):
                rows[kind].append(row)
    rows["arrivals.counted"] = list(_counted(setting))
    return {kind: _table(kind, each) for kind, each in rows.items()}


class _Reading:
    """What the demo's mappings make of its letters, by the same tables."""

    def __init__(self, folder: SiteFolder) -> None:
        self._oru = folder.mappings["oru"].codes
        self._adt = folder.mappings["adt"].codes
        self._measured = lru_cache(maxsize=100_000)(self._convert)

    def rows(self, letter: Letter) -> Iterator[tuple[str, Row]]:
        times = (micros(letter.at), micros(letter.happened))
        segments = [each.split("|") for each in letter.segments]
        if letter.type[0] == "ORU":
            place = segments[1][3].partition("^")[0].lower()
            for number, obx in enumerate(each for each in segments if each[0] == "OBX"):
                found = self._measured(obx[3].partition("^")[0], obx[5], obx[6])
                if found is not None:
                    kind, payload = found
                    yield kind, (f"{letter.about}-{times[0]}-{number}", *times, letter.about, place, *payload)
            return
        yield from self._stay(letter, {each[0]: each for each in segments}, times)

    def _stay(self, letter: Letter, by: Mapping[str, list[str]], times: tuple[int, int]) -> Iterator[tuple[str, Row]]:
        trigger = letter.type[1]
        if trigger not in {"A01", "A03", "A04"}:
            return
        visit, head = by["PV1"], (f"{letter.about}-{trigger}-{times[0]}", *times, letter.about)
        place = visit[3].partition("^")[0].lower()
        kind = self._adt["patient_class"][visit[2]]
        if trigger == "A04":
            yield "stay.arrived", (*head, place, kind, by["PV2"][3].split("^")[1].replace("\\T\\", "&"))
        elif trigger == "A01":
            service = self._adt["services"][visit[10].lower()]
            yield "stay.admitted", (*head, place, kind, service, self._adt["sex"][by["PID"][8]])
        else:
            yield "stay.discharged", (*head, place, visit[36])

    def _convert(self, loinc: str, text: str, measure: str) -> tuple[str, Row] | None:
        for table, kind in (("vitals", "sign.measured"), ("labs", "lab.resulted")):
            entry = self._oru[table].get(loinc)
            if isinstance(entry, Mapping):
                return kind, self._number(str(entry["code"]), text, measure)
        word = {"80288-4": ("consciousness", "consciousness"), "OXYGEN": ("oxygen", "oxygen")}.get(loinc)
        if word is None:
            return None
        return "sign.measured", (word[0], None, self._oru[word[1]][text.lower()], None, None, None)

    def _number(self, code: str, text: str, measure: str) -> Row:
        entry = self._oru["measures"][measure]
        assert isinstance(entry, Mapping)  # noqa: S101 - as the demo's mapping has it
        name = entry.get("conversion")
        scale = Scale(str(entry["ucum"]), CONVERSIONS[Conversion(str(name))] if name else None)
        found = converted(Decimal(text), scale, measure=measure)
        original = found.get("original_value"), found.get("original_measure")
        return (code, float(str(found["value"])), None, scale.ucum, *original)


def _counted(setting: Setting) -> Iterator[Row]:
    # The warehouse counts yesterday at ten past one in the morning, local time.
    for hour, count in arrivals(setting, setting.start, setting.end):
        next_day = setting.local(hour).replace(hour=1, minute=10) + timedelta(days=1)
        yield (f"h{micros(hour)}", micros(next_day.astimezone(UTC)), micros(hour), None, "ed", float(count))


def _table(kind: str, rows: list[Row]) -> pl.DataFrame:
    fields = {name: pl.Float64 if name in NUMBERS else pl.String for name in KINDS[kind]}
    heads = {"id": pl.String, "recorded_at": pl.Int64, "occurred_at": pl.Int64, "encounter": pl.String}
    made = pl.DataFrame(rows, schema={**heads, "place": pl.String, **fields}, orient="row")
    times = (pl.col("recorded_at").cast(INSTANT), pl.col("occurred_at").cast(INSTANT))
    source = pl.lit(FEEDS.get(kind, "adt")).alias("source")
    return made.with_columns(*times, source).sort("recorded_at")
