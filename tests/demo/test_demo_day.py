"""One simulated day of the demo hospital through the real doors: the books balance and every decision replays."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

WARDWISE = Path(sys.executable).with_name("wardwise")


@pytest.mark.slow
def test_a_day_at_the_demo_hospital() -> None:
    command = [WARDWISE, "demo", "--once", "--seed", "4", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    books = told["messages"]
    assert books["received"] == books["acknowledged"] + books["refused"] > 1500
    dealt = books["applied"] + books["duplicate"] + books["quarantined"] + books["pending"]
    assert books["acknowledged"] == dealt
    assert books["pending"] == 0
    assert told["replay_identical"]
    assert told["incidents"] == {}
    assert told["incidents_played"] == {"feed oru: silent": 1}
    assert told["tiers"]["ed_demand/full"] > 80
    assert told["tiers"]["deterioration/rule"] > 500
    assert told["deliveries"]["sent"] > 10
    assert told["deliveries"]["withheld"] > 0
    assert told["responses"]["accepted"] > 0
    assert told["responses"]["overridden"] > 0
    assert told["outcomes"]["next_4h"] > 50
