"""Every part taken from elsewhere is what the manifest says, byte for byte, and carries its licence."""

import hashlib
import json
from pathlib import Path

import pytest

from wardwise.surfaces import web

SHIPPED = Path(web.__file__).parent / "static" / "vendor"
FOR_TESTS = Path(__file__).parent / "vendor"
PARTS = [(root, part) for root in (SHIPPED, FOR_TESTS) for part in json.loads((root / "manifest.json").read_text())]


@pytest.mark.parametrize(("root", "part"), PARTS, ids=[part["file"] for _, part in PARTS])
def test_a_vendored_file_is_the_one_its_manifest_names(root: Path, part: dict[str, str]) -> None:
    assert hashlib.sha256((root / part["file"]).read_bytes()).hexdigest() == part["sha256"]
    assert (root / part["licence_file"]).read_text().strip()
    assert part["licence"] in {"0BSD", "MIT", "MPL-2.0"}


@pytest.mark.parametrize("root", [SHIPPED, FOR_TESTS], ids=["shipped", "for tests"])
def test_no_vendored_file_is_missing_from_its_manifest(root: Path) -> None:
    listed = {part["file"] for part in json.loads((root / "manifest.json").read_text())}
    lying = {str(file.relative_to(root)) for file in root.rglob("*") if file.suffix in {".js", ".css"}}
    assert lying == listed


def test_only_free_licences_are_shipped_and_htmx_is_of_major_2() -> None:
    shipped = json.loads((SHIPPED / "manifest.json").read_text())
    assert {part["licence"] for part in shipped} == {"0BSD", "MIT"}
    assert next(part["version"] for part in shipped if part["name"] == "htmx.org").startswith("2.")
