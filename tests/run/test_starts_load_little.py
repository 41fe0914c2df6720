"""What every start of a process would pay for and few need is loaded when it is needed (`benches.restart` times it)."""

import subprocess
import sys

import pytest

LATER = {
    "worker": {"scipy.stats", "scipy.optimize", "openpyxl", "fastapi"},
    "http": {"scipy.stats", "scipy.optimize", "openpyxl"},
    "mllp": {"scipy", "openpyxl", "fastapi", "polars", "numpy"},
    "streams": {"scipy", "openpyxl", "fastapi", "polars", "numpy"},
    "publish": {"scipy", "openpyxl", "fastapi", "polars", "numpy"},
}


@pytest.mark.parametrize("role", LATER)
def test_a_process_loads_what_it_needs(role: str) -> None:
    asked = f"import sys, wardwise.run.{role}_process; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert LATER[role].isdisjoint(done.stdout.split())
