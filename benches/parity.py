"""NEWS2's features on the MIMIC-IV demo: in one batch, and event by event as live. They must not differ in one cell.

    python -m benches.parity [--patients N] [--json]

Exit code 1 if a cell differs. Without the data (WARDWISE_DATA, or ../shared/data) there is nothing to do.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from wardwise.assemble.importing import Import, import_path
from wardwise.assemble.site import configure
from wardwise.assemble.stores import READ_ONLY, Stores, open_stores
from wardwise.loop.capture.log import Selection
from wardwise.rehearse.replay.parity import Ground, parity
from wardwise.sites.feed import FeedKind

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("WARDWISE_DATA", ROOT.parent / "shared" / "data"))
TABLE = DATA / "mimic_iv_demo_meds_events.parquet"
SITE = ROOT / "sites" / "research"
KIND = "sign.measured"
PAGE = 50_000


def main() -> int:
    """Import, compare, print."""
    asked = _asked()
    if not TABLE.is_file():
        print(json.dumps({"bench": "parity", "skipped": "no ../shared"}))
        return 0
    found = _run(asked.patients)
    if asked.json:
        print(json.dumps(found, indent=2))
    else:
        print(", ".join(f"{name} {value}" for name, value in found.items()))
    return 0 if found["differences"] == 0 else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--patients", type=int, default=20, help="how many of the 100 patients (default 20, about five minutes)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def _run(patients: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        begun = time.perf_counter()
        brought = import_path(
            SITE, data, Import(FeedKind.MEDS, TABLE), now=datetime.now(UTC), progress=lambda _done, _total: None
        )
        imported = time.perf_counter()
        configuration = configure(SITE)
        with open_stores(data, READ_ONLY) as stores:
            chosen, stays = _stays(stores, configuration.folder.site.slug, patients)
            features = configuration.workflows["deterioration"].stages.features
            ground = Ground(stores.log, configuration.folder, stores.artefacts)
            compared = parity(features, ground, kind=KIND, stays=stays)
    return {
        "bench": "parity",
        "events": brought["events"],
        "patients": chosen,
        "stays": compared.stays,
        "rows": compared.rows,
        "differences": compared.differences,
        "first": [str(one) for one in compared.first],
        "import_seconds": round(imported - begun, 1),
        "parity_seconds": round(time.perf_counter() - imported, 1),
        "load": round(os.getloadavg()[0], 2),
    }


def _stays(stores: Stores, site: str, patients: int) -> tuple[int, list[str]]:
    """How many patients have vital signs, up to a number, in the order of the log, and their stays."""
    of: dict[str, set[str]] = {}
    after = 0
    where = Selection(kinds=frozenset({KIND}))
    while page := stores.log.read(site, after=after, where=where, limit=PAGE):
        for event in page:
            of.setdefault(str(event.about.patient), set()).add(str(event.about.encounter))
        after = page[-1].position
    chosen = list(of.values())[:patients]
    return len(chosen), sorted(set().union(*chosen))


if __name__ == "__main__":
    sys.exit(main())
