import shutil
from pathlib import Path

import pytest

from wardwise.assemble.site import configure
from wardwise.sites.broken import BrokenFiles


def test_a_mapping_that_emits_a_kind_nobody_knows_starts_nothing(tmp_path: Path, demo_site: Path) -> None:
    site = tmp_path / "demo"
    shutil.copytree(demo_site, site)
    mapping = site / "mappings" / "staff.yaml"
    mapping.write_text(mapping.read_text().replace("staff.listed", "staff.listened"))
    contract = site / "contracts" / "staff.yaml"
    contract.write_text(contract.read_text().replace("staff.listed", "staff.listened"))
    with pytest.raises(BrokenFiles, match=r"staff\.yaml.*`staff\.listened`, which does not exist.*`staff\.listed`"):
        configure(site)
