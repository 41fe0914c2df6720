"""The ready demo site goes along with an installed package, and stands in `sites/demo` of a source checkout."""

import tomllib
from pathlib import Path

from wardwise.cli.service import default_site, demo_site_of

ROOT = Path(__file__).parents[2]


def test_an_installed_package_plays_the_site_it_carries(tmp_path: Path) -> None:
    package = tmp_path / "lib" / "site-packages" / "wardwise"
    carried = package / "demo" / "site"
    carried.mkdir(parents=True)
    assert demo_site_of(package) == carried


def test_a_source_checkout_plays_the_site_people_edit(tmp_path: Path) -> None:
    package = tmp_path / "src" / "wardwise"
    package.mkdir(parents=True)
    assert demo_site_of(package) == tmp_path / "sites" / "demo"
    assert (default_site() / "site.yaml").is_file()


def test_the_wheel_carries_the_site_where_it_is_looked_for(tmp_path: Path) -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    target = tmp_path / build["force-include"]["sites/demo"]
    target.mkdir(parents=True)
    assert demo_site_of(tmp_path / "wardwise") == target
