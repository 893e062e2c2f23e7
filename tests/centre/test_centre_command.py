"""`czt centre` and `czt centre-orders`, as a person starts them."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch import language
from dispatch.centre.messages import Commit, Request
from dispatch.centre.store import Store
from dispatch.cli.app import app
from dispatch.domain.errors import DispatchError, UnknownName
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Asker, Job, RequestId
from dispatch.domain.units import UnitId
from dispatch.feed.broker import EmbeddedBroker
from tests.centre.orders_bench import until

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
    store = Store.open(file, city=CityCode("changsha"), node="centre", units=[unit], now_ms=NOW)
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
