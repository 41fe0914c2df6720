"""`publish show`, `stop`, `start`, and what `doctor` says of streams."""

import json
import shutil
from pathlib import Path

import pytest
from tests.surfaces.stream.press import NINE
from typer.testing import CliRunner

from wardwise.assemble.site import configure, take_effect
from wardwise.assemble.stores import WORKER, open_stores, prepare
from wardwise.cli.examine import examine
from wardwise.cli.main import app
from wardwise.errors import NotAllowed, StoreUnavailable
from wardwise.stores.unreached import UnreachedServers

PUBLISH = """
publish:
  - name: engine
    kinds: [mode.changed]
    owner: EHR integration team
    stream: {nats: {servers: ['127.0.0.1:1'], stream: W, subject: w.out}}
"""


@pytest.fixture
def data(tmp_path: Path, demo_site: Path) -> Path:
    site = Path(shutil.copytree(demo_site, tmp_path / "site"))
    with (site / "site.yaml").open("a") as file:
        file.write(PUBLISH)
    prepare(tmp_path / "data", seed=1)
    with open_stores(tmp_path / "data", WORKER) as stores:
        take_effect(stores, stores.log.lease("demo", "test"), configure(site), NINE)
    return tmp_path / "data"


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["publish", *words])
    if done.exception is not None:
        raise done.exception
    return done.output


def shown(data: Path) -> dict[str, object]:
    done = CliRunner().invoke(app, ["publish", "show", "--json", "--data", str(data)])
    (only,) = json.loads(done.stdout)["streams"]
    assert isinstance(only, dict)
    return only


def test_a_stream_is_shown_stopped_and_started(data: Path) -> None:
    assert (shown(data)["position"], shown(data)["waiting"], shown(data)["off"]) == (None, 0, None)
    assert "switched off" in run("stop", "engine", "--why", "wrong units", "--data", str(data))
    assert "wrong units" in str(shown(data)["off"])
    assert "engine: nothing yet, 0 waiting" in run("show", "--data", str(data))
    run("start", "engine", "--data", str(data))
    assert shown(data)["off"] is None
    run("stop", "--data", str(data))
    assert "every stream is switched off" in run("start", "engine", "--data", str(data))
    run("start", "--data", str(data))
    assert shown(data)["off"] is None


def test_a_misspelt_stream_is_not_taken_for_stopped(data: Path) -> None:
    with pytest.raises(NotAllowed, match="Name one of engine"):
        run("stop", "engin", "--data", str(data))
    assert not (data / "off").exists()


def test_streams_are_stopped_while_the_database_is_down(data: Path) -> None:
    (data / "events.db").rename(data / "events.away")
    assert "the name is not checked" in run("stop", "engine", "--data", str(data))
    run("stop", "--data", str(data))
    assert sorted(file.name for file in (data / "off").iterdir()) == ["publish", "publish-engine"]
    with pytest.raises(NotAllowed):
        run("stop", "../engine", "--data", str(data))
    with pytest.raises(StoreUnavailable):
        run("show", "--data", str(data))


def test_the_doctor_says_which_broker_takes_nothing(data: Path) -> None:
    def found() -> dict[str, object]:
        return next(each for each in examine(data, now=NINE) if each["what"] == "publishing")

    assert found()["fine"]
    UnreachedServers(data / "unpublished").away("engine", "no answer within 5 s", NINE)
    assert not found()["fine"]
    assert "its broker takes nothing since 2026-03-01T09:00:00" in str(found()["says"])


def test_a_folder_whose_site_never_took_effect_publishes_nothing(tmp_path: Path) -> None:
    prepare(tmp_path / "data", seed=1)
    with open_stores(tmp_path / "data", WORKER) as stores:
        stores.log.lease("demo", "test")
    assert "publishes to no stream" in run("show", "--data", str(tmp_path / "data"))
