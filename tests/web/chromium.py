"""A headless Chromium, driven by its own protocol over one WebSocket: as much of it as these tests need."""

import asyncio
import base64
import contextlib
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""Where Chromium is; None: it is not installed."""
WITHIN_S = 180.0
"""Until a busy machine is not the reason any more."""
_QUIET = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio", "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)  # fmt: skip
Json = dict[str, object]


class Page:
    """One page: go somewhere, run a script there, type, take a picture."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._numbers = socket, itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self.requested: list[str] = []
        """Every address that the page asked for."""
        self.complaints: list[str] = []
        """What the browser wrote into its console as an error."""
        self._reading = asyncio.create_task(self._read(), name="chromium")

    async def close(self) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._socket.close()

    async def send(self, method: str, **params: object) -> Json:
        number = next(self._numbers)
        self._waiting[number] = waited = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(WITHIN_S):
            answer = await waited
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        result = answer.get("result")
        return result if isinstance(result, dict) else {}

    async def go(self, address: str) -> None:
        await self.send("Page.navigate", url=address)
        await self.until("document.readyState === 'complete'")

    async def run(self, script: str) -> object:
        """The value of an expression on the page."""
        answer = await self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        result = answer["result"]
        return result.get("value") if isinstance(result, dict) else None

    async def until(self, script: str, within_s: float = WITHIN_S) -> None:
        """Until an expression is true; TimeoutError when it does not become so."""
        async with asyncio.timeout(within_s):
            while True:
                with contextlib.suppress(RuntimeError):  # between two pages
                    if await self.run(script) is True:
                        return
                await asyncio.sleep(0.1)

    async def key(self, name: str, code: int) -> None:
        """A key that types nothing, such as F4: its name and its virtual key code."""
        for kind in ("rawKeyDown", "keyUp"):
            await self.send(
                "Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code
            )

    async def type(self, text: str) -> None:
        """Text as an input method commits it."""
        await self.send("Input.insertText", text=text)

    async def picture(self) -> bytes:
        """What is seen, as PNG."""
        answer = await self.send("Page.captureScreenshot", format="png")
        return base64.b64decode(str(answer["data"]))

    async def _read(self) -> None:
        async for message in self._socket:
            said: Json = message.json()
            number, params = said.get("id"), said.get("params")
            if isinstance(number, int) and number in self._waiting:
                self._waiting.pop(number).set_result(said)
            elif isinstance(params, dict):
                self._hear(str(said.get("method")), params)

    def _hear(self, method: str, params: Mapping[str, object]) -> None:
        if method == "Network.requestWillBeSent" and isinstance(request := params.get("request"), dict):
            self.requested.append(str(request["url"]))
        elif method == "Network.webSocketCreated":
            self.requested.append(str(params["url"]))
        elif method == "Log.entryAdded" and isinstance(entry := params.get("entry"), dict):
            if entry.get("level") == "error":
                self.complaints.append(f"{entry.get('text')} {entry.get('url', '')}")
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(params.get("exceptionDetails")))


@asynccontextmanager
async def chromium(folder: Path, width: int = 1280, height: int = 800) -> AsyncIterator[Page]:
    """A fresh browser with one page, its profile in `folder`."""
    if PROGRAM is None:
        raise FileNotFoundError("chromium")
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *_QUIET, *root, f"--window-size={width},{height}", f"--user-data-dir={folder / 'profile'}",
        "--remote-debugging-port=0", "about:blank",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder)},
    )  # fmt: skip
    draining: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(WITHIN_S):
            port = await _debugging_port(process)
        draining = asyncio.create_task(_drain(process))
        async with aiohttp.ClientSession() as client:
            async with client.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [one for one in await answer.json() if one["type"] == "page"]
            socket = await client.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0)
            page = Page(socket)
            try:
                for part in ("Page", "Runtime", "Network", "Log"):
                    await page.send(f"{part}.enable")
                await page.send(
                    "Emulation.setDeviceMetricsOverride",
                    width=width, height=height, deviceScaleFactor=1, mobile=False,
                )  # fmt: skip
                yield page
            finally:
                await page.close()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        if draining is not None:
            draining.cancel()
            await asyncio.gather(draining, return_exceptions=True)


async def _debugging_port(process: asyncio.subprocess.Process) -> int:
    """Chromium says on standard error where it listens."""
    assert process.stderr is not None
    while line := (await process.stderr.readline()).decode("utf-8", "replace"):
        if "DevTools listening on" in line:
            return int(line.rpartition("127.0.0.1:")[2].partition("/")[0])
    raise RuntimeError("chromium ended before it listened")


async def _drain(process: asyncio.subprocess.Process) -> None:
    assert process.stderr is not None
    while await process.stderr.read(65536):
        pass
