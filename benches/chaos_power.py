"""Power losses at arbitrary calls of the shipped driver: what was acknowledged must be there, once, and agree.

    python -m benches.chaos_power [--losses N] [--seed SEED] [--synchronous full|normal|off] [--json]

The real inbox and log work on a simulated disk that keeps what was not synced as it pleases: whole, torn at 512 bytes,
in any order, or not at all. The same seeds with synchronous=NORMAL must report loss, or the harness proves nothing.
Exit code 1 when a promise was broken, or when NORMAL loses in under 90% of the seeds.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benches.load.figures import options, print_figures
from benches.power.file_layer import FileLayer
from benches.power.lives import LOSSES, Finding, live
from benches.power.promises import LOST

MEMORY = Path("/dev/shm")  # noqa: S108 - files that need no disk: this one is simulated
MOST_OF_NORMAL = 1_000  # seeds: enough to know the share, whatever the size of the run
SHARE_THAT_MUST_LOSE = 0.9
_CHUNK = 20


def main() -> int:
    """Run the seeds on every core, print what came of them."""
    asked = _asked()
    if asked.seed is not None:
        found = replay(asked.seed, asked.synchronous)
        print(json.dumps({"seed": asked.seed, "cuts": found.cuts, "broken": found.broken}))
        return 1 if found.broken else 0
    result = run(asked.losses)
    print_figures(result, as_json=asked.json)
    return 0 if result["verdict"] == "ok" else 1


def replay(seed: int, synchronous: str) -> Finding:
    """One seed; the same seed always comes to the same."""
    layer = FileLayer()
    try:
        return live(seed, layer, synchronous=synchronous, scratch=MEMORY if MEMORY.is_dir() else None)
    finally:
        layer.unregister()


def run(losses: int) -> dict[str, object]:
    """As many power losses as asked for, then the same seeds with synchronous=NORMAL."""
    begun = time.monotonic()
    seeds = range(-(-losses // LOSSES))
    full = _all(seeds, "full")
    weak = _all(seeds[:MOST_OF_NORMAL], "normal")
    cuts = sum((Counter(found.cuts) for found in full), Counter[str]())
    broken = [found for found in full if found.broken]
    losing = sum(found.broken.startswith(LOST) for found in weak)
    return {
        "bench": "chaos_power",
        "power_losses": len(seeds) * LOSSES,
        "seeds": len(seeds),
        "cuts": dict(cuts.most_common()),
        "broken": [
            f"{found.broken}; again: python -m benches.chaos_power --seed {found.seed}" for found in broken[:10]
        ],
        "seeds_losing_with_normal": f"{losing} of {len(weak)}",
        "seconds": round(time.monotonic() - begun, 1),
        "load": round(os.getloadavg()[0], 2),
        "verdict": "ok" if not broken and losing >= SHARE_THAT_MUST_LOSE * len(weak) else "short",
    }


def _all(seeds: Sequence[int], synchronous: str) -> list[Finding]:
    chunks = [seeds[first : first + _CHUNK] for first in range(0, len(seeds), _CHUNK)]
    with ProcessPoolExecutor() as pool:
        return [found for part in pool.map(_some, chunks, [synchronous] * len(chunks)) for found in part]


def _some(seeds: Sequence[int], synchronous: str) -> list[Finding]:
    return [replay(seed, synchronous) for seed in seeds]


def _asked() -> argparse.Namespace:
    parser = options(__doc__)
    parser.add_argument("--losses", type=int, default=2_000, help="power losses (default 2000)")
    parser.add_argument("--seed", type=int, help="run this one seed again")
    parser.add_argument("--synchronous", choices=("full", "normal", "off"), default="full", help="with --seed")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
