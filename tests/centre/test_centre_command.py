"""`czt centre` and `czt centre-orders`, as a person starts them."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch import language
from dispatch.centre.messages import ChangeIncident, Commit, OpenIncident, Request
from dispatch.centre.store import Store
from dispatch.cli.app import app
from dispatch.clock import from_epoch_ms
from dispatch.domain.errors import DispatchError, UnknownName
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import Act, Incident, IncidentId, Priority
from dispatch.domain.operators import By, Role
from dispatch.domain.orders import Asker, Job, RequestId
from dispatch.domain.units import Unit, UnitId
from dispatch.feed.broker import EmbeddedBroker
from tests.centre.orders_bench import until
from tests.unit.centre.centre_world import rules

ROOT = Path(__file__).parents[2]
SETTINGS = ROOT / "config" / "settings.toml"
NOW = 1_790_000_000_000
JOB = Job(
    incident=IncidentId("CS-1124-9001"),
    priority=Priority.URGENT,
    position=Position(lat=28.2, lon=112.9),
    place="五一广场",
)


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[EmbeddedBroker]:
    one = EmbeddedBroker("auto", tmp_path / "broker")
    await one.start()
    yield one
    await one.kill()


def config_folder(tmp_path: Path, port: int) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    link = f'\ndata_dir = "{tmp_path}/data"\n[links.changsha]\nhost = "127.0.0.1"\nport = {port}\n'
    text = SETTINGS.read_text("utf-8")
    (folder / "settings.toml").write_text(text.replace("\n[vehicles]", f"{link}\n[vehicles]"), "utf-8")
    return folder


@pytest.mark.slow
async def test_a_centre_runs_until_it_is_interrupted(broker: EmbeddedBroker, tmp_path: Path) -> None:
    config = config_folder(tmp_path, broker.port)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dispatch", "--lang", "en", "centre", "changsha"),
        *("--data", str(tmp_path / "orders"), "--config", str(config)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    async with asyncio.timeout(30):
        said = await child.stdout.readline()
        assert b"the centre of changsha runs" in said
        await until(lambda: (tmp_path / "orders" / "centre.db").exists())
        await asyncio.sleep(0.5)
        child.send_signal(signal.SIGINT)
        assert b"has ended" in await child.stdout.read()
        assert await child.wait() == 0


def test_a_city_nobody_configured_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["centre", "atlantis"])
    assert isinstance(result.exception, UnknownName)
    result = CliRunner().invoke(app, ["centre", "zhuzhou", "--config", str(config_folder(tmp_path, 1))])
    assert isinstance(result.exception, DispatchError)
    assert "[links.zhuzhou]" in str(result.exception)


def test_orders_are_listed_in_words_and_as_json(tmp_path: Path) -> None:
    asker, unit = Asker(CityCode("changsha"), "console-1"), UnitId("CS-001")
    file = tmp_path / "centre.db"
    store = Store.open(
        file,
        city=CityCode("changsha"),
        node="centre",
        units=[Unit(id=unit, city=CityCode("changsha"))],
        rules=rules(),
        now_ms=NOW,
    )
    store.take([Request(RequestId("r1"), unit, asker, "Li", JOB, NOW + 1)], NOW)
    store.take([Commit(RequestId("r1"), unit, asker, "Li", store.last_token)], NOW + 1_000)
    store.take([Request(RequestId("r2"), unit, asker, "Wang", JOB, NOW + 9_000)], NOW + 2_000)
    token = list(store.last_token)
    store.close()
    before = file.read_bytes()
    words = CliRunner().invoke(app, ["--lang", "en", "centre-orders", str(file)])
    assert words.exit_code == 0
    assert "order denied (the unit is held for another request)" in words.output
    assert words.output.index("r2") < words.output.index("r1")
    language.use("zh_CN")
    found = CliRunner().invoke(app, ["centre-orders", str(file), "--json", "--last", "5"])
    newest, first = map(json.loads, found.output.splitlines())
    assert (newest["state"], first["state"], first["token"]) == ("denied", "ordered", token)
    assert first["steps"][1] == {"state": "ordered", "at_ms": NOW + 1_000, "reason": ""}
    assert file.read_bytes() == before


@pytest.mark.slow
async def test_a_centre_of_a_drill_ends_with_the_process_that_started_it(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    endpoints = json.dumps({"changsha": {"host": "127.0.0.1", "port": broker.port}})
    command = ["centre", "changsha", "--data", str(tmp_path / "d"), "--endpoints", endpoints, "--with-parent"]
    time = ["--origin", "2026-11-24T00:00:00+08:00", "--speed", "10"]
    centre = [sys.executable, "-m", "dispatch", "--lang", "en", *command, *time]
    starter = f"import subprocess, time; subprocess.Popen({centre!r}); time.sleep(60)"
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", starter, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    async with asyncio.timeout(60):
        assert b"the centre of changsha runs" in await parent.stdout.readline()
        parent.kill()
        assert b"has ended" in await parent.stdout.read()
        await parent.wait()
    file, changsha = tmp_path / "d" / "centre.db", CityCode("changsha")
    store = Store.open(file, city=changsha, node="centre", units=[], rules=rules(), now_ms=NOW, drill=True)
    began = store.last_token.epoch - 1  # the drill's time, not the machine's
    store.close()
    assert datetime.fromtimestamp(began / 1000, UTC).date().isoformat() == "2026-11-23"


def test_what_a_centre_cannot_be_started_with_is_said(tmp_path: Path) -> None:
    for words, problem in (
        (["--endpoints", "{"], "--endpoints"),
        (["--endpoints", "{}"], "changsha"),
        (["--endpoints", '{"changsha": {"host": "x", "port": 1}}', "--origin", "yesterday"], "yesterday"),
    ):
        result = CliRunner().invoke(app, ["centre", "changsha", "--data", str(tmp_path), *words])
        assert isinstance(result.exception, DispatchError)
        assert problem in str(result.exception)


def test_what_a_centre_holds_is_shown_in_words_and_as_json(tmp_path: Path) -> None:
    file, unit = tmp_path / "centre.db", UnitId("CS-001")
    changsha = CityCode("changsha")
    store = Store.open(
        file, city=changsha, node="centre", units=[Unit(id=unit, city=changsha)], rules=rules(), now_ms=NOW
    )
    incident = Incident(
        id=JOB.incident, city=changsha, position=JOB.position, place=JOB.place, priority=JOB.priority,
        opened_at=from_epoch_ms(NOW),
    )  # fmt: skip
    asker, by = Asker(changsha, "console-1"), By(operator="li", role=Role.DISPATCHER)
    store.take([OpenIncident("k1", asker, by, incident)], NOW)
    hold = ChangeIncident(
        "k2", asker, by, JOB.incident, Act.HOLD, reason="scene_unsafe", until_ms=NOW + 9_000
    )
    store.take([hold], NOW)
    store.take([Request(RequestId("r1"), unit, asker, "Li", JOB, NOW + 1)], NOW)
    store.take([Commit(RequestId("r1"), unit, asker, "Li", store.last_token)], NOW + 1_000)
    store.close()
    before = file.read_bytes()

    def shown(*words: str) -> str:
        result = CliRunner().invoke(app, ["--lang", "en", "centre-show", str(file), *words])
        assert result.exit_code == 0, result.exception
        return result.output

    assert "CS-1124-9001" in shown("incidents")
    assert "unit sent" in shown("incidents")
    assert "0 assigned" in shown("units")
    assert "CS-001 ordered" in shown("timeline", "CS-1124-9001")
    assert "held: Scene unsafe" in shown("timeline", "CS-1124-9001")
    assert (shown("aids"), shown("alarms")) == ("", "")
    (line,) = shown("incidents", "--json").splitlines()
    assert Incident.model_validate_json(line).units == (unit,)
    assert file.read_bytes() == before
    language.use("en")
    result = CliRunner().invoke(app, ["--lang", "en", "centre-show", str(file), "timeline"])
    assert "name an incident" in str(result.exception)
    language.use("zh_CN")
