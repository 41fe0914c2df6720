"""Of several services on one log the one whose worker holds the site publishes."""

from contextlib import closing
from pathlib import Path

import pytest
from benches.load.postgres_server import PASSWORD, Cluster

from wardwise.assemble.databases import server_for
from wardwise.assemble.stores import READ_ONLY, open_stores, prepare
from wardwise.assemble.tenure import held_elsewhere, tenancy_of, worker_of
from wardwise.stores.folder import DataFolder
from wardwise.stores.place import Place
from wardwise.stores.postgres.tenancy import Tenancy


def test_a_service_publishes_while_its_own_worker_holds_the_site(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARDWISE_STORE_PASSWORD", PASSWORD)
    prepare(tmp_path / "data", seed=1, place=Place(cluster.database()))
    folder = DataFolder.found(tmp_path / "data")
    with open_stores(folder.path, READ_ONLY) as stores:
        name, _ = worker_of(stores)
    server = server_for(folder)
    assert server is not None
    with closing(Tenancy(server)) as tenancy:
        assert "does not hold the site" in held_elsewhere(tenancy, folder, "demo")
        lease = tenancy.hold("demo", name)
        assert lease is not None
        assert held_elsewhere(tenancy, folder, "demo") == ""
        tenancy.let_go(lease)
        assert "does not hold the site" in held_elsewhere(tenancy, folder, "demo")
        assert tenancy.hold("demo", "worker 7 on another (data folder of-another)") is not None
        assert "does not hold the site" in held_elsewhere(tenancy, folder, "demo")


def test_a_data_folder_with_its_own_files_has_nobody_to_ask(tmp_path: Path) -> None:
    prepare(tmp_path / "data", seed=1)
    folder = DataFolder.found(tmp_path / "data")
    assert tenancy_of(folder) is None
    assert held_elsewhere(None, folder, "demo") == ""
