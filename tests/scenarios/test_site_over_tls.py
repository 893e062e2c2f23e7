"""A site made by `czt init`, `czt keys pki` and `czt broker config` goes to work over TLS."""

import asyncio
import json
import re
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.cli.app import app
from dispatch.feed import payloads, topics
from dispatch.feed.transport import Received
from dispatch.settings import load
from dispatch.settings.readiness import unready
from tests.feed.secured import CITIES, OBSERVER, Secured, installed
from tests.performance.terminal import Terminal
from tests.scenarios.test_over_tls import child, until

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.slow,
    pytest.mark.skipif(not installed(), reason="mosquitto is not installed: no site was started over TLS"),
]
CHANGSHA = CITIES[0]


class Site(Secured):
    """The folder of one machine of Changsha and the brokers that it names, nothing of it written by hand."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.config = folder / "site"
        self.pki = self.config / "secrets"

    def make(self) -> None:
        named = [f"--broker={city}=localhost:{port}" for city, port in self.ports.items()]
        data = ("--data", str(self.folder / "data"))
        made = CliRunner().invoke(app, ["init", CHANGSHA, "--out", str(self.config), *named, *data])
        assert made.exit_code == 0, made.output
        self.czt("keys", "pki", "--out", str(self.pki), "--also", "127.0.0.1")
        self.issue_observer()
        for city in CITIES:
            self.configure(city)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    made = Site(tmp_path / "machine")
    made.make()
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


def said_online(heard: list[Received], node: str) -> bool:
    """Whether a program of Changsha says that it is there."""
    wanted = topics.node(CHANGSHA, node)
    for message in heard:
        if message.topic == wanted:
            data = payloads.decode("node.state", message.payload).data
            return isinstance(data, payloads.NodeState) and data.state == "online"
    return False


async def test_a_centre_and_a_console_of_a_fresh_site_speak_over_tls(site: Site, tmp_path: Path) -> None:
    config = ("--config", str(site.config))
    assert unready(load(site.config).settings) == [], "init, keys pki and broker config name the same files"
    said = await asyncio.to_thread(site.czt, "broker", "check", "--json")
    checked = json.loads(said.splitlines()[0])
    assert (checked["city"], checked["untried"]) == (CHANGSHA, "")
    program = shutil.which("czt", path=str(Path(sys.executable).parent))
    assert program is not None
    heard: list[Received] = []
    async with site.transport(CHANGSHA, OBSERVER).session(None) as session:
        await session.subscribe([topics.everything_of(CHANGSHA)])

        async def listen() -> None:
            async for batch in session.batches():
                heard[:0] = reversed(batch)

        listening = asyncio.create_task(listen())
        words = ("dispatch", "centre", CHANGSHA, "--data", str(tmp_path / "centre"), *config)
        async with child(tmp_path / "centre.log", *words):
            await until(lambda: said_online(heard, "centre"), 60)
            terminal = Terminal([program, "console", *config])
            try:
                live = re.compile("长沙.{1,120}✓实时".encode())
                painted = await asyncio.to_thread(terminal.show, live, 60)
                assert painted, terminal.last_words.decode("utf-8", "replace")
                await until(lambda: said_online(heard, "console-1"), 60)
            finally:
                terminal.process.terminate()
                await asyncio.to_thread(terminal.process.wait)
                terminal.close()
        listening.cancel()
    log = site.log(CHANGSHA)
    assert f"u'{CHANGSHA}-centre'" in log
    assert f"u'{CHANGSHA}-console-1'" in log


def test_a_site_without_its_keys_says_which_are_missing(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    made = CliRunner().invoke(app, ["init", "zhuzhou", "--out", str(folder), "--node", "centre"])
    assert made.exit_code == 0, made.output
    missing = "\n".join(unready(load(folder).settings))
    for name in ("ca.pem", "zhuzhou/centre.pem", "zhuzhou/centre.key"):
        assert str(folder / "secrets" / name) in missing
