"""Medplum's FHIR router with its memory as a process of its own, where Node and its packages are there."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

FOLDER = Path(__file__).parents[2] / "tools" / "fhir_router"


@dataclass
class Router:
    """A running server. It has no histories of a type, no further pages, no ETags; its versions have no numbers."""

    url: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=20))

    def put(self, *resources: dict[str, Any]) -> list[dict[str, Any]]:
        """Chart; returns the resources with the versions and times that the server gave them."""
        return [self._put(each) for each in resources]

    def _put(self, resource: dict[str, Any]) -> dict[str, Any]:
        answer = self.http.put(f"{self.url}/{resource['resourceType']}/{resource['id']}", json=resource)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@contextmanager
def router_server() -> Iterator[Router]:
    """The server on a port of its own; skips by name where it is not installed."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules").is_dir():
        pytest.skip("no FHIR router for Node: see .ci/run")
    process = subprocess.Popen([node, "server.mjs"], cwd=FOLDER, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    server = Router("")
    try:
        port = process.stdout.readline().strip()
        assert port, "the server ended"
        server.url = f"http://127.0.0.1:{port}/fhir"
        yield server
    finally:
        server.http.close()
        process.terminate()
        process.wait(10)
        process.stdout.close()
