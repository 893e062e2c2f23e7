"""The whole way with a real browser: a running drill, `czt serve`, sign-in, the blood screen in Chinese."""

import asyncio
import contextlib
import os
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from dispatch.domain.model import Name
from dispatch.domain.operators import Operator, Role
from dispatch.settings import config_dir
from dispatch.settings.operators import change_operators
from tests.unit.signin.people import QUICK
from tests.web.chromium import PROGRAM, Page, chromium

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed: no page was opened in a browser"),
]
PASSWORD = "blood-and-ice-40"
F4 = 115
_TYPE = """(() => {{
  for (const [name, text] of Object.entries({values})) document.querySelector('#' + name).value = text;
  document.querySelector('main form button').click();
  return true;
}})()"""
_SHOWN = "document.body.classList.contains('-first-byte')"


async def sign_in(page: Page, password: str) -> None:
    await page.run(_TYPE.format(values={"operator": "chen.jie", "password": password}))


@asynccontextmanager
async def czt(folder: Path, *words: str) -> AsyncIterator[tuple[Process, asyncio.StreamReader]]:
    """A command of ours, with its settings and records in `folder`."""
    environment = os.environ | {
        "CZT_CONFIG": str(folder / "config"),
        "CZT_LANG": "en",
        "PYTHONUNBUFFERED": "1",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dispatch", *words, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, env=environment
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(240):  # a drill ends its brokers, centres and simulators first
                await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()


async def line_with(output: asyncio.StreamReader, pattern: str, within_s: float = 400) -> re.Match[str]:
    """The next line that fits; an end of the output shows what there was."""
    seen = []
    async with asyncio.timeout(within_s):
        while line := (await output.readline()).decode("utf-8", "replace"):
            seen.append(line)
            if found := re.search(pattern, line):
                return found
    raise AssertionError("".join(seen))


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    """Where a console is served over the three cities of a running drill."""
    config = tmp_path / "config"
    config.mkdir()
    settings = (config_dir() / "settings.toml").read_text("utf-8")
    kept = f'data_dir = "{tmp_path / "data"}"'
    (config / "settings.toml").write_text(re.sub(r"(?m)^# data_dir.*$", kept, settings), "utf-8")
    chen = Operator(
        id="chen.jie",
        name=Name(zh="陈洁", en="Chen Jie"),
        role=Role.BLOOD_STAFF,
        password=QUICK.hashed(PASSWORD),
    )
    change_operators(config / "operators.toml", lambda _before: [chen])
    drill = (
        "drill",
        "quiet-shift",
        "--headless",
        "--minutes",
        "60",
        "--seed",
        "7",
        "--out",
        str(tmp_path / "drill"),
    )
    async with czt(tmp_path, *drill) as (_process, said):
        await line_with(said, r"units seen")
        async with czt(tmp_path, "serve", "--join", "--port", "0") as (_door, told):
            yield (await line_with(told, r"(http://\S+)/"))[1]


async def inks(page: Page) -> int:
    """How many pixels of the terminal are lighter than its ground."""
    counted = await page.run(
        """(() => {
          const canvases = [...document.querySelectorAll('#terminal canvas')];
          let lit = 0;
          for (const canvas of canvases) {
            const copy = document.createElement('canvas');
            copy.width = canvas.width; copy.height = canvas.height;
            const pen = copy.getContext('2d');
            pen.drawImage(canvas, 0, 0);
            const data = pen.getImageData(0, 0, copy.width, copy.height).data;
            for (let at = 0; at < data.length; at += 4) if (data[at] > 120) lit += 1;
          }
          return lit;
        })()"""
    )
    assert isinstance(counted, int)
    return counted


LISTEN = """
window.heard = '';
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
  constructor(...words) {
    super(...words);
    const decoder = new TextDecoder();
    this.addEventListener('message', (event) => {
      if (typeof event.data !== 'string') window.heard += decoder.decode(event.data, { stream: true });
    });
  }
};
"""


async def test_blood_centre_staff_work_in_a_browser(address: str, tmp_path: Path) -> None:
    port = urlsplit(address).port
    async with chromium(tmp_path / "browser") as page:
        await page.send("Page.addScriptToEvaluateOnNewDocument", source=LISTEN)
        await page.go(f"{address}/")
        assert await page.run("location.pathname") == "/login", "nobody is signed in"
        await page.go(f"{address}/login?lang=zh_CN")
        assert "使用席位账号登录" in str(await page.run("document.body.innerText"))

        await sign_in(page, "not-the-password")
        await page.until("document.querySelector('.wrong') !== null")
        assert await page.run("document.querySelector('.wrong').innerText") == "账号、密码或验证码有误"

        await sign_in(page, PASSWORD)
        await page.until(_SHOWN, within_s=400)
        assert "陈洁 (血站人员)" in str(await page.run("document.querySelector('header').innerText"))
        assert await page.run("document.cookie") == "", "no script can read the cookie"
        await page.until("window.heard.includes('待确认') && window.heard.includes('紧缺')", within_s=300)
        assert await inks(page) > 5000, "the characters are drawn"
        assert "用血单" not in str(await page.run("window.heard.slice(-200)"))

        await page.run("window.heard = ''; true")
        await page.key("F4", F4)
        await page.until("window.heard.includes('悬浮红细胞') && window.heard.includes('长沙血液中心')", 300)

        async with aiohttp.ClientSession() as stranger:
            for origin in (address, "http://evil.example"):
                with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                    await stranger.ws_connect(f"{address}/ws", headers={"Origin": origin})
                assert refused.value.status in (401, 403)

        places = {urlsplit(one).netloc for one in page.requested if not one.startswith(("data:", "about:"))}
        assert places == {f"127.0.0.1:{port}"}, "nothing came from another place"
        assert [one for one in page.complaints if "401" not in one] == []

        await page.run("document.querySelector('header form button').click(); true")
        await page.until("document.querySelector('.wrong') !== null")
        assert await page.run("document.querySelector('.wrong').innerText") == "已退出登录"
        await page.go(f"{address}/")
        assert await page.run("location.pathname") == "/login"
