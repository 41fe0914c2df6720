"""What every test may lean on: the real data where they are there, and no skip without a good name."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ABSENT_DATA = "no ../shared"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project; skips by name where it is absent."""
    folder = Path(os.environ.get("WARDWISE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(ABSENT_DATA)
    return folder


@pytest.fixture(scope="session")
def demo_site() -> Path:
    """The ready demo site."""
    return ROOT / "sites" / "demo"


_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember why tests were skipped."""
    if report.skipped and isinstance(report.longrepr, tuple):
        _skipped.append(f"{report.nodeid}: {report.longrepr[2]}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With WARDWISE_STRICT_SKIPS a skip for any reason but absent data fails the run."""
    strange = [why for why in _skipped if ABSENT_DATA not in why]
    if os.environ.get("WARDWISE_STRICT_SKIPS") and strange and not hasattr(session.config, "workerinput"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print("\nskipped for a reason other than absent data:", *strange, sep="\n  ")
