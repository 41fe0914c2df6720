"""Fixtures of the surfaces: a busy hospital in memory, its pages on a port of this machine, and hands to use them."""

import importlib.util
import re
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Self

import httpx
import pytest
import uvicorn

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About
from wardwise.surfaces.web.app import create_app
from wardwise.surfaces.web.doorway import Doorway


def _beside(name: str) -> ModuleType:
    """A module of this folder: the tests are no package, so it is loaded by its path."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


hospital = _beside("hospital_in_memory")
Ward, make_ward, fill = Any, hospital.make_ward, hospital.fill


def busy(ward: Ward) -> list[str]:
    """Three pieces of advice: one pressing, one later, one for information."""
    first = hospital.give(
        ward,
        hospital.card("Move 1 float nurse to 5 West for 19:00 to 07:00: understaffing falls from 2 to 1, no overtime"),
    )
    second = hospital.give(
        ward,
        hospital.card(
            "Open 6 surge bays in the ED at 18:00 rather than 20:00",
            owner="bed-manager",
            may_override=["house-supervisor", "bed-manager"],
            act_by=iso(hospital.NOW + timedelta(minutes=108)),
            source={"label": "wardwise: ED demand", "workflow": "ed_demand"},
            tier={"tier": "reduced", "says": "Same hour of the last 8 weeks", "why": "feed vitals silent"},
            suggestions=[],
        ),
        flow="ed_demand",
        about=About(unit=ward.unit("ed")),
        state="surge",
    )
    third = hospital.give(
        ward,
        hospital.card("Float pool has 2 nurses free for the night", indicator="info", owner="staffing-coordinator"),
        state="free",
    )
    hospital.give(ward, hospital.card("Move 1 float nurse to 5 West"), status="withheld", reason=f"repeat of {first}")
    hospital.give(
        ward,
        hospital.card("Bed 7: NEWS2 7, look now", owner="charge-nurse"),
        flow="deterioration",
        about=About(unit=ward.unit("icu"), patient="tok"),
        status="withheld",
        reason="shadow mode",
        mode="shadow",
        state="high",
    )
    return [first, second, third]


@contextmanager
def working(ward: Ward) -> Iterator[Ward]:
    """The ward with its worker at work."""
    thread = threading.Thread(target=ward.work, daemon=True)
    thread.start()
    yield ward
    ward.stop.set()
    thread.join()


@pytest.fixture
def ward() -> Iterator[Ward]:
    made = make_ward()
    fill(made)
    with working(made):
        yield made


@pytest.fixture(scope="module")
def still() -> Iterator[SimpleNamespace]:
    """A ward nobody writes to, and its pages: for tests that only look."""
    made = make_ward()
    fill(made)
    with opened(made) as client:
        yield SimpleNamespace(ward=made, client=client)


@pytest.fixture
def client(ward: Ward) -> Iterator[httpx.Client]:
    with opened(ward) as made:
        yield made


class Served:
    """The pages of a ward on a port of this machine."""

    def __init__(self, ward: Ward, doorway: Doorway | None = None) -> None:
        app = create_app(ward.house, doorway) if doorway else create_app(ward.house)
        config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        end = time.monotonic() + 15
        while not self._ready():
            assert time.monotonic() < end, "never ready"
            time.sleep(0.03)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()

    def client(self) -> httpx.Client:
        """A caller from one of the server's own pages."""
        return httpx.Client(base_url=self.url, headers={"origin": self.url}, timeout=10)

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready").status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def opened(ward: Ward, doorway: Doorway | None = None) -> Iterator[httpx.Client]:
    with Served(ward, doorway) as served, served.client() as client:
        yield client


def sign_in(client: httpx.Client, role: str = "house-supervisor", actor: str = "RS") -> None:
    answer = client.post("/role", data={"role": role, "actor": actor})
    assert answer.status_code == 303, answer.text


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("no chromium")
    return found


def form_of(page: str, advice: str, answer: str) -> dict[str, str]:
    """The fields the card's own form would send for an answer; fails where the card has no such form."""
    start = page.index(f'id="advice-{advice}"')
    card_html = page[start : page.index("</article>", start)]
    assert f'value="{answer}"' in card_html, f"no form to answer {answer}"
    hidden = dict(re.findall(r'type="hidden" name="(nonce|until)" value="([^"]*)"', card_html))
    return {"answer": answer, **hidden}


@pytest.fixture
def hands() -> SimpleNamespace:
    """What this file offers to tests, which cannot import it."""
    return SimpleNamespace(
        NOW=hospital.NOW,
        site_of=hospital.site_of,
        make_ward=hospital.make_ward,
        workflow=hospital.workflow,
        fill=hospital.fill,
        under_review=hospital.under_review,
        drifting=hospital.drifting,
        busy=busy,
        give=hospital.give,
        card=hospital.card,
        hear=hospital.hear,
        leave=hospital.leave,
        read=hospital.read,
        opened=opened,
        served=Served,
        sign_in=sign_in,
        form_of=form_of,
        patient_token=hospital.patient_token,
        working=working,
    )
