"""A mapping that leads to a vital sign nobody knows is refused where it says so."""

from pathlib import Path

import pytest
from tests.sites.small_site import problems_of

from wardwise.sites.kinds import kinds_in
from wardwise.sites.mapping import read_mapping

OWN = """\
format: hl7v2
version: 1
extends: standard/oru.yaml
codes:
  units: {A: a}
  vitals:
    HR: {code: pulse, ucum: /min}
    PLS: {code: CODE, ucum: /min}
"""
TABLE = """\
format: csv
version: 1
header: {at: [At], visit: [Visit], value: [Value]}
delivers: delta
key: [visit, at]
codes:
  measures: {/min: {ucum: /min}}
emit:
  - kind: sign.measured
    occurred_at: at
    about: {encounter: {identifier: visit, authority: {constant: X}}}
    payload:
      code: {constant: CODE}
    measured: {value: value, measures: measures}
"""


@pytest.mark.parametrize(
    ("text", "line", "field"), [(OWN, 8, "codes.vitals.PLS.code"), (TABLE, 13, "emit.0.payload.code")]
)
def test_a_vital_sign_that_does_not_exist_is_named_where_it_stands(
    tmp_path: Path, *, text: str, line: int, field: str
) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(text.replace("CODE", "puls"))
    (problem,) = problems_of(lambda: read_mapping(file))
    assert (problem.facts["line"], problem.facts["field"]) == (line, field)
    assert "Did you mean `pulse`?" in str(problem)
    file.write_text(text.replace("CODE", "pulse"))
    assert "sign.measured" in kinds_in(read_mapping(file))
