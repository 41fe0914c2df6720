"""A small site that is right, to be broken in one place, and what is said of it then."""

from collections.abc import Callable
from pathlib import Path

import pytest

from wardwise.errors import BrokenFile
from wardwise.sites.broken import BrokenFiles
from wardwise.sites.load import load_site

SITE = """\
slug: small
title: Small Hospital
zone: Europe/London
country: GB
units:
  - id: ed
    title: Emergency
    kind: ed
    beds: 4
    skill: ed
  - id: 1a
    title: Ward 1A
    kind: ward
    beds: [1, 2]
    holds: 0.6
    skill: general
shifts:
  - name: day
    starts: 08:00
    hours: 12
  - name: night
    starts: 20:00
    hours: 12
feeds:
  - name: roster
    kind: csv
    folder: drop
    mapping: roster.yaml
    freshness: batch
    owner: Workforce
    steward: Staffing
  - name: board
    kind: board
    freshness: stream
    owner: House
    steward: House
workflows:
  staffing:
    mode: shadow
    units:
      1a: off
    owners:
      clinical: A
      operational: B
      engineering: C
people:
  - role: charge-nurse
    answers: [staffing]
    told: [staffing]
    units: [1a]
override_reasons:
  - code: busy
    text: Busy
listeners:
  mllp:
    port: 2575
cds:
  patient_authority: EHR
  services:
    - id: beds
      hook: patient-view
      workflow: staffing
      title: Beds
"""

ROSTER = """\
format: csv
version: 1
header: {employee: [Id], hour: [Hour], unit: [Unit]}
delivers: delta
key: [employee]
emit:
  - kind: shift.clocked_in
    occurred_at: hour
    about: {unit: {constant: ed}}
"""


def problems_of(read: Callable[[], object]) -> tuple[BrokenFile, ...]:
    """What is said when something is read that is wrong."""
    with pytest.raises(BrokenFiles) as caught:
        read()
    return caught.value.problems


def problems(folder: Path, site: str, *, roster: str = ROSTER) -> tuple[BrokenFile, ...]:
    """What is said of a site with this `site.yaml` and this mapping of its roster."""
    (folder / "site.yaml").write_text(site)
    (folder / "roster.yaml").write_text(roster)
    return problems_of(lambda: load_site(folder))
