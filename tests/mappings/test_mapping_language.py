"""What a mapping can say of a text: cut, chosen by cases, written in formats of its own; and when nothing is new."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from wardwise.feeds.hl7v2.timestamps import read_format
from wardwise.feeds.mapped.text import cutter
from wardwise.sites.broken import BrokenFiles
from wardwise.sites.emit import Cut
from wardwise.sites.mapping import read_mapping
from wardwise.sites.named import FUNCTIONS, Function


@pytest.mark.parametrize(
    ("cut", "text", "part"),
    [
        ({"at": "/", "part": 2}, "4A/12/B", "12"),
        ({"at": "/", "part": -1}, "4A/12/B", "B"),
        ({"at": "/", "part": 4}, "4A/12/B", ""),
        ({"at": "/", "part": -4}, "4A/12/B", ""),
        ({"at": " - "}, "Ward 4 - Bed 2", "Ward 4"),
        ({"at": "-", "part": 2}, "4A", ""),
        ({"from": 1, "to": 2}, "4A12", "4A"),
        ({"from": 3}, "4A12", "12"),
        ({"to": 2}, "4A12", "4A"),
        ({"from": 9}, "4A12", ""),
    ],
)
def test_a_cut_gives_a_part_of_a_text(cut: dict[str, object], text: str, part: str) -> None:
    assert cutter(Cut.model_validate(cut))(text) == part


@pytest.mark.parametrize(
    ("function", "text", "result"),
    [
        (Function.DECIMAL_COMMA, "7,4", "7.4"),
        (Function.DECIMAL_COMMA, "1.234,5", "1234.5"),
        (Function.DECIMAL_COMMA, "7.4", "7.4"),
        (Function.DECIMAL_COMMA, "1,234.5", "1,234.5"),  # not this convention: left alone, so it is no number
        (Function.DECIMAL_COMMA, "1,2,3", "1,2,3"),
        (Function.DECIMAL_COMMA, "<0,5", "<0.5"),
        (Function.SQUEEZE, "WARD   4 \t EAST", "WARD 4 EAST"),
    ],
)
def test_a_function_changes_one_text(function: Function, text: str, result: str) -> None:
    assert FUNCTIONS[function](text) == result


@pytest.mark.parametrize(
    ("text", "written", "at"),
    [
        ("2603010400", "%y%m%d%H%M", datetime(2026, 3, 1, 4, 0)),
        ("20260301", "%y%m%d%H%M", None),  # eight digits are a date with its century
        ("01.03.2026 04:00", "%d.%m.%Y %H:%M", datetime(2026, 3, 1, 4, 0)),
        ("1.3.2026 04:00", "%d.%m.%Y %H:%M", None),
        ("03/01/2026", "%d/%m/%Y", datetime(2026, 1, 3)),
        ("2026-03-01T04:00:00+01:00", "%Y-%m-%dT%H:%M:%S%z", datetime(2026, 3, 1, 3, 0, tzinfo=UTC)),
        ("31022026", "%d%m%Y", None),
    ],
)
def test_a_time_fits_a_format_only_if_it_is_written_just_so(text: str, written: str, at: datetime | None) -> None:
    assert read_format(text, written) == at


CASES = (Path(__file__).parent / "language" / "cases.yaml").read_text()

WRONG = [
    ("take: ZTM-3", "take: ZTM-3, cut: {}", "says both ways or none"),
    ("take: ZTM-3", "take: ZTM-3, cut: {at: x, from: 1}", "says both ways or none"),
    ("take: ZTM-3", "take: ZTM-3, cut: {at: x, part: 0}", "parts count from 1"),
    ("take: ZTM-3", "take: ZTM-3, cut: {from: 3, to: 2}", "ends before it begins"),
    ("{when: [{take: ZTM-1, is: old}], take: ZTM-2}", "{take: ZTM-2}", "no case after it is reached"),
    ("{take: ZTM-4, as: date}", "{cases: [ZTM-4], as: date}", "where `type` has no effect"),
    ("- kind: stay.updated", "- kind: stay.updated\n        for_each: ZID", "counts segments of the whole message"),
    (
        "        payload:",
        "        fact_key: [ZID-1]\n        state_key: [ZID-1]\n        payload:",
        "stands beside `fact_key`",
    ),
]


@pytest.mark.parametrize(("find", "put", "what"), WRONG, ids=[each[2] for each in WRONG])
def test_what_makes_no_sense_is_refused_at_its_line(tmp_path: Path, find: str, put: str, what: str) -> None:
    assert find in CASES
    (tmp_path / "m.yaml").write_text(CASES.replace(find, put, 1))
    with pytest.raises(BrokenFiles) as caught:
        read_mapping(tmp_path / "m.yaml")
    assert what in str(caught.value)
