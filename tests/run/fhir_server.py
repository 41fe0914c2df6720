"""A FHIR server that is not ours, as a process of its own: `sekmet`, where it is installed in `.venv-fhir`."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from benches.load.ports import free_port
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

SEKMET = Path(__file__).parents[2] / ".venv-fhir" / "bin" / "sekmet"
CLIENT = "ward"
SETTINGS = """\
base_url: {url}
data_dir: {data}
simulator: {{enabled: false}}
validation: {{inbound: "off"}}
server_auth:
  types: [smart, bearer]
  tokens: [charting]
  smart_clients: [{{client_id: ward, public_key_path: {key}, scopes: "system/*.*"}}]
"""


@dataclass
class Foreign:
    """A running server; `key` is the private key of the client it knows, `hook` the port it may call."""

    port: int
    key: Path
    hook: int
    http: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=20))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir"

    @property
    def token_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/auth/token"

    def put(self, *resources: dict[str, Any]) -> list[dict[str, Any]]:
        """Chart as clinicians would; returns the resources with the versions and times that the server gave them."""
        return [self._put(each) for each in resources]

    def _put(self, resource: dict[str, Any]) -> dict[str, Any]:
        address = f"{self.url}/{resource['resourceType']}/{resource['id']}"
        answer = self.http.put(address, json=resource, headers={**_CHARTING, "Prefer": "return=representation"})
        assert answer.status_code in {200, 201}, answer.text
        return dict(answer.json())

    def delete(self, name: str) -> None:
        assert self.http.delete(f"{self.url}/{name}", headers=_CHARTING).status_code in {200, 204}

    def subscribe(self, topic: str, *, token: str) -> None:
        """A subscription by topic to our hook; the server shakes hands before it says that it is active."""
        content = {"url": f"{_BACKPORT}/backport-payload-content", "valueCode": "id-only"}
        channel = {
            "type": "rest-hook", "endpoint": f"http://127.0.0.1:{self.hook}/",
            "header": [f"Authorization: Bearer {token}"],
            "payload": "application/fhir+json", "_payload": {"extension": [content]},
        }  # fmt: skip
        told = {
            "resourceType": "Subscription", "id": "s1", "status": "requested", "reason": "beds", "channel": channel,
            "criteria": f"http://sekmet.dev/fhir/SubscriptionTopic/{topic}",
            "meta": {"profile": [f"{_BACKPORT}/backport-subscription"]},
        }  # fmt: skip
        self.put(told)
        for _ in range(300):
            found = self.http.get(f"{self.url}/Subscription/s1", headers=_CHARTING).json()
            if found["status"] == "active":
                return
            time.sleep(0.1)
        raise AssertionError(found)

    def notify(self, number: int, *, token: str) -> int:
        """Call the hook as a server would that lost some of its calls."""
        status = {
            "resourceType": "SubscriptionStatus", "type": "event-notification",
            "eventsSinceSubscriptionStart": str(number), "subscription": {"reference": "Subscription/s9"},
            "notificationEvent": [{"eventNumber": str(number)}],
        }  # fmt: skip
        body = {"resourceType": "Bundle", "type": "history", "entry": [{"resource": status}]}
        url = f"http://127.0.0.1:{self.hook}/"
        for _ in range(100):
            try:
                return self.http.post(url, json=body, headers={"Authorization": f"Bearer {token}"}).status_code
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError("the hook never answered")


_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
_CHARTING = {"Authorization": "Bearer charting", "Content-Type": "application/fhir+json"}


@contextmanager
def foreign_server(folder: Path) -> Iterator[Foreign]:
    """The server on a port of its own; skips by name where it is not installed."""
    if not SEKMET.exists():
        pytest.skip("no sekmet-fhir: see .ci/run")
    folder.mkdir()
    server = Foreign(free_port(), _keys(folder), free_port())
    settings = SETTINGS.format(url=server.url, data=folder / "data", key=folder / "public.pem")
    (folder / "settings.yaml").write_text(settings)
    command = [SEKMET, "serve", "-c", folder / "settings.yaml", "--host", "127.0.0.1", "--port", str(server.port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        _await(server, process)
        yield server
    finally:
        server.http.close()
        process.terminate()
        process.wait(10)


def _await(server: Foreign, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server ended"
        try:
            if server.http.get(f"{server.url}/metadata").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the server did not start")


def _keys(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP384R1())
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "private.pem").touch(0o600)
    (folder / "private.pem").write_bytes(private)
    (folder / "public.pem").write_bytes(public)
    return folder / "private.pem"
