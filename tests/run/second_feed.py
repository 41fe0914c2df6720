"""The demo site with a second feed that tells what one of its own does, and the pair that the two are."""

import shutil
from pathlib import Path


def with_second(demo_site: Path, folder: Path, *, feed: str, like: str, pair: str) -> Path:
    """A copy of the site in a new folder: a feed, a pair, and a contract like that of a feed it has."""
    shutil.copytree(demo_site, folder)
    file = folder / "site.yaml"
    text = file.read_text().replace("workflows:\n  ed_demand", f"{pair}workflows:\n  ed_demand")
    file.write_text(text.replace("  - name: roster\n", f"{feed}  - name: roster\n", 1))
    name = feed.split("name: ", 1)[1].split("\n", 1)[0]
    contract = (folder / "contracts" / f"{like}.yaml").read_text().replace(f"feed: {like}", f"feed: {name}")
    (folder / "contracts" / f"{name}.yaml").write_text(contract)
    return folder
