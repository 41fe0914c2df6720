from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wardwise.demo.setting import Setting, setting_of
from wardwise.demo.timeline import Timeline, timeline
from wardwise.sites.load import load_site

SITE = Path(__file__).parents[2] / "sites" / "demo"
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)  # 06:00 in Chicago


@pytest.fixture(scope="session")
def setting() -> Setting:
    return setting_of(load_site(SITE).site, seed=7, start=MONDAY, days=1)


@pytest.fixture(scope="session")
def site_silences() -> dict[str, int]:
    """Minutes of silence that the contracts of the demo site allow by day, by feed."""
    return {name: contract.silent_after_minutes for name, contract in load_site(SITE).contracts.items()}


@pytest.fixture(scope="session")
def longer(setting: Setting) -> Setting:
    return replace(setting, days=4)


@pytest.fixture(scope="session")
def first_day(setting: Setting) -> Timeline:
    return timeline(setting)
