"""A door with three accounts, hashes that cost next to nothing, and a browser without a screen."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from dispatch.audit.entry import AuditRow
from dispatch.audit.read import rows
from dispatch.clock import SystemClock
from dispatch.settings.operators import change_operators
from dispatch.web.door import FILE, Door, open_door
from dispatch.web.server import Server, serving
from tests.scenarios.three_cities import configured
from tests.unit.signin.people import PASSWORDS, QUICK, operators

__all__ = ["PASSWORDS", "Browser", "House", "house"]
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def fake_console(descriptor: int) -> Sequence[str]:
    return (sys.executable, "-m", "tests.web.fake_console", str(descriptor))


@dataclass
class Browser:
    """Cookies and the way a browser says where a call comes from."""

    address: str
    client: aiohttp.ClientSession
    origin: str = field(init=False)

    def __post_init__(self) -> None:
        self.origin = self.address

    async def get(self, path: str, **headers: str) -> tuple[int, str, aiohttp.ClientResponse]:
        async with self.client.get(f"{self.address}{path}", headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer

    async def post(
        self, path: str, data: dict[str, str], **headers: str
    ) -> tuple[int, str, aiohttp.ClientResponse]:
        said = {"Origin": self.origin, **headers}
        async with self.client.post(
            f"{self.address}{path}", data=data, headers=said, allow_redirects=False
        ) as answer:
            return answer.status, await answer.text(), answer

    async def sign_in(
        self, operator: str, password: str, code: str = "", lang: str = "en"
    ) -> tuple[int, str, aiohttp.ClientResponse]:
        _status, page, _answer = await self.get(f"/login?lang={lang}")
        form = {
            "operator": operator,
            "password": password,
            "code": code,
            "lang": lang,
            "form": form_key(page),
        }
        return await self.post("/login", form)

    async def socket(self, origin: str | None = None) -> aiohttp.ClientWebSocketResponse:
        """WSServerHandshakeError when it is refused."""
        headers = {"Origin": self.origin if origin is None else origin}
        return await self.client.ws_connect(
            f"{self.address}/ws?width=142&height=36", headers={k: v for k, v in headers.items() if v}
        )


def form_key(page: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found is not None
    return found[1]


async def said(socket: aiohttp.ClientWebSocketResponse) -> list[object]:
    """The first thing a console says: operator, role, node, columns, rows, process."""
    async with asyncio.timeout(20):
        message = await socket.receive()
    assert isinstance(message.data, bytes), message
    told = json.loads(message.data)
    assert isinstance(told, list)
    return told


class Seconds:
    """A count of seconds that a test moves on."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class House:
    """A door at work."""

    door: Door
    server: Server
    folder: Path
    seconds: Seconds

    def log(self, action: str) -> list[AuditRow]:
        return [row for row in rows(self.folder / FILE) if row.action == action]

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as client:
            yield Browser(self.server.addresses.told, client)


@asynccontextmanager
async def house(folder: Path, *, desks: tuple[int, ...] = (6, 7), totp_of: str = "") -> AsyncIterator[House]:
    """`totp_of`: who has a second factor."""
    file, seconds = folder / "operators.toml", Seconds()
    people = [one.model_copy(update={"totp": TOTP if one.id == totp_of else ""}) for one in operators()]
    change_operators(file, lambda _before: people)
    whole = configured()
    configuration = whole.model_copy(update={"web": whole.web.model_copy(update={"port": 0, "desks": desks})})
    async with (
        open_door(
            configuration,
            folder=folder / "door",
            operators=file,
            clock=SystemClock(),
            passwords=QUICK,
            steady=seconds,
        ) as door,
        serving(door, fake_console) as server,
    ):
        yield House(door, server, folder / "door", seconds)
