"""A PostgreSQL server elsewhere has to show its certificate, wherever libpq would find that it is elsewhere."""

from pathlib import Path

import pytest

pytest.importorskip("psycopg", reason="no psycopg: see .ci/run")

from psycopg.conninfo import conninfo_to_dict

from wardwise.stores.postgres.server import server_of

VARIABLES = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGSSLMODE")


@pytest.mark.parametrize(
    ("address", "environment", "mode"),
    [
        ("postgresql:///x", {}, None),
        ("postgresql://localhost/x", {}, None),
        ("postgresql://[::1]/x", {"PGSSLMODE": "disable"}, None),
        ("host=/run/postgresql", {}, None),
        ("host=/run/postgresql,db.example", {}, "verify-full"),
        ("postgresql://db.example/x", {"PGSSLMODE": "disable"}, "verify-full"),
        ("postgresql://db.example/x?sslmode=require", {}, "require"),
        ("postgresql:///x", {"PGHOST": "db.example"}, "verify-full"),
        ("postgresql:///x", {"PGHOST": "127.0.0.1"}, None),
        ("postgresql://localhost/x", {"PGHOST": "db.example"}, None),
        ("postgresql://localhost/x", {"PGHOSTADDR": "192.0.2.1"}, "verify-full"),
        ("postgresql:///x", {"PGSERVICE": "far", "PGSSLMODE": "disable"}, "verify-full"),
        ("postgresql:///x", {"PGSERVICE": "near", "PGHOST": "db.example"}, None),
        ("postgresql:///x?service=far", {}, "verify-full"),
        ("postgresql://localhost/x?service=far", {}, "verify-full"),
        ("postgresql://localhost/x?service=far&hostaddr=127.0.0.1", {}, None),
    ],
)
def test_tls_is_asked_for_where_the_server_is_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str, environment: dict[str, str], mode: str | None
) -> None:
    services = tmp_path / "services"
    services.write_text("[far]\nhost=localhost\nhostaddr=192.0.2.1\nsslmode=disable\n[near]\nhost=localhost\n")
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    for variable, value in {"PGSERVICEFILE": str(services), **environment}.items():
        monkeypatch.setenv(variable, value)
    assert conninfo_to_dict(server_of(address).conninfo).get("sslmode") == mode


def test_where_it_goes_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    assert server_of("postgresql:///x").shown == "postgresql://the local socket:5432/x"
    monkeypatch.setenv("PGHOST", "db.example")
    assert server_of("postgresql:///x").shown == "postgresql://db.example:5432/x"
