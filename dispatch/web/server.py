"""The door over HTTP: pages, the two forms, and the socket of a terminal."""

import asyncio
import contextlib
import json
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import textual_serve
from aiohttp import WSMsgType, web
from textual_serve.download_manager import DownloadManager

from dispatch.domain.errors import DispatchError
from dispatch.language import N_, _, say
from dispatch.text import safe_text
from dispatch.web import headers
from dispatch.web.addresses import Addresses
from dispatch.web.child import ConsoleChild, ConsoleCommand, console_command
from dispatch.web.door import CameIn, Door
from dispatch.web.forms import FormKeys
from dispatch.web.pages import WHY_ENDED, SignInForm, chosen_language, console_page, said_page, sign_in_page
from dispatch.web.sessions import BrowserSession, Ended

FORM_BYTES = 8 * 1024
SOCKET_BYTES = 256 * 1024
HEARTBEAT_S = 15.0
FORM_COOKIE = "czt_form"
_OWN = Path(__file__).parent / "static"
_THEIRS = Path(textual_serve.__file__).parent / "static"
ASSETS = {
    "door.css": (_OWN / "door.css", "text/css"),
    "door.js": (_OWN / "door.js", "text/javascript"),
    "icon.svg": (_OWN / "icon.svg", "image/svg+xml"),
    "xterm.css": (_THEIRS / "css" / "xterm.css", "text/css"),
    "textual.js": (_THEIRS / "js" / "textual.js", "text/javascript"),
    "mono.ttf": (_THEIRS / "fonts" / "RobotoMono-VariableFont_wght.ttf", "font/ttf"),
}
"""Everything that the pages load: nothing comes from another place."""
SMALLEST, LARGEST = (20, 5), (600, 250)
"""Columns and rows of a terminal that are believed."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_log = logging.getLogger("czt.serve")


class Server:
    """The pages of one door."""

    def __init__(self, door: Door, addresses: Addresses, command: ConsoleCommand = console_command) -> None:
        """`command`: how the console behind a browser is called, by the descriptor that it inherits."""
        self.door, self.addresses, self._command = door, addresses, command
        self.downloads = DownloadManager()
        self._forms = FormKeys(door.steady)
        self._sockets: dict[web.WebSocketResponse, ConsoleChild] = {}

    @property
    def cookie(self) -> str:
        """Over TLS by the name that browsers take only from this very host, over TLS."""
        return "__Host-czt" if self.addresses.secure else "czt"

    def app(self) -> web.Application:
        app = web.Application(client_max_size=FORM_BYTES, middlewares=[self._guard])
        app.add_routes(
            [
                web.get("/", self.first),
                web.get("/login", self.sign_in_form),
                web.post("/login", self.sign_in),
                web.post("/logout", self.sign_out),
                web.get("/ws", self.terminal),
                web.get("/download/{key}", self.download),
                web.get("/static/{name}", self.asset),
            ]
        )
        app.on_response_prepare.append(self._seal)
        app.on_shutdown.append(self._shut)
        return app

    # --- around every request --------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what came under another name or from another page; say what failed without saying how."""
        language = self._language(request)
        try:
            self._demand_ours(request)
            return await handler(request)
        except web.HTTPException as refusal:
            if refusal.status < 400:
                raise
            said = say(language, _REFUSALS.get(refusal.status, _REFUSALS[400]))
            return _page(said_page(language, said), refusal.status)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:  # noqa: BLE001 - one request that fails must not show its inside, nor end the others
            _log.exception("a request failed: %s %s", request.method, request.path)
            return _page(said_page(language, say(language, _REFUSALS[500])), 500)

    def _demand_ours(self, request: web.Request) -> None:
        if not self.addresses.knows_host(request.host):
            raise web.HTTPMisdirectedRequest
        origin = request.headers.get("Origin")
        if origin is not None and not self.addresses.knows_origin(origin):
            raise web.HTTPForbidden

    async def _seal(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(headers.everywhere(self.addresses.secure))
        response.headers.pop("Server", None)

    async def _shut(self, _app: web.Application) -> None:
        for one in list(self._sockets):
            await one.close()

    def _session(self, request: web.Request) -> BrowserSession | None:
        return self.door.sessions.get(request.cookies.get(self.cookie, ""))

    def _language(self, request: web.Request) -> str:
        accepted = request.headers.get("Accept-Language", "")
        return chosen_language(request.query.get("lang", ""), accepted, self.door.usual_language)

    def _from(self, request: web.Request) -> str:
        """Where it came from, for the log: behind a proxy as the proxy says."""
        told = request.headers.get("X-Forwarded-For", "") if self.door.rules.public_address else ""
        return safe_text(told or request.remote or "", 64)

    # --- pages and forms -------------------------------------------------------------------------

    async def first(self, request: web.Request) -> web.StreamResponse:
        """The terminal for whoever is signed in."""
        session = self._session(request)
        if session is None:
            return _to("/login")
        socket_address = self.addresses.socket_of(request.host)
        page = console_page(session, socket_address)
        return _page(page, headers_=headers.console_page(socket_address))

    async def sign_in_form(self, request: web.Request) -> web.StreamResponse:
        return self._form(self._language(request))

    def _form(
        self, language: str, complaint: str = "", typed: str = "", status: int = 200
    ) -> web.StreamResponse:
        cookie, field = self._forms.fresh()
        response = _page(sign_in_page(SignInForm(language, field, complaint, typed)), status)
        response.set_cookie(
            FORM_COOKIE, cookie, path="/login", httponly=True, samesite="Strict", secure=self.addresses.secure
        )
        return response

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        typed = {name: str(form.get(name, "")) for name in ("operator", "password", "code", "form", "lang")}
        language = chosen_language(typed["lang"], "", self._language(request))
        if not self._forms.fits(request.cookies.get(FORM_COOKIE, ""), typed["form"]):
            return self._form(
                language, say(language, N_("The page had grown old: sign in again")), status=403
            )
        operator = safe_text(typed["operator"].strip().lower(), 64)
        came = await self.door.come_in(
            operator, typed["password"], typed["code"], language, self._from(request)
        )
        if not isinstance(came, CameIn):
            return self._form(language, came.why, operator, 503 if came.busy else 401)
        response = _to("/")
        response.set_cookie(
            self.cookie, came.cookie, path="/", httponly=True, samesite="Strict", secure=self.addresses.secure
        )
        response.del_cookie(FORM_COOKIE, path="/login")
        return response

    async def sign_out(self, request: web.Request) -> web.StreamResponse:
        session = self._session(request)
        if session is None:
            return _to("/login")
        form = await request.post()
        if str(form.get("form", "")) != session.form_key:
            raise web.HTTPForbidden
        await self.door.leave(session, Ended.ASKED)
        language = session.language
        response = self._form(language, say(language, WHY_ENDED[Ended.ASKED]))
        response.del_cookie(self.cookie, path="/", secure=self.addresses.secure, samesite="Strict")
        return response

    async def asset(self, request: web.Request) -> web.StreamResponse:
        found = ASSETS.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        path, kind = found
        return web.FileResponse(path, headers={**headers.ASSET, "Content-Type": kind})

    # --- the terminal ----------------------------------------------------------------------------

    async def terminal(self, request: web.Request) -> web.StreamResponse:
        """The socket of a terminal: only for a session, and only from a page of this door."""
        session = self._session(request)
        if session is None:
            raise web.HTTPUnauthorized
        if not self.addresses.knows_origin(request.headers.get("Origin", "")):
            raise web.HTTPForbidden
        opened = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=SOCKET_BYTES)
        child = ConsoleChild(
            self.door.ticket(session),
            write_bytes=opened.send_bytes,
            write_str=opened.send_str,
            close=lambda: _closed(opened),
            downloads=self.downloads,
            command=self._command,
        )
        async with self.door.console(session, child) as standing:
            if not standing:
                raise web.HTTPUnauthorized
            await opened.prepare(request)
            self._sockets[opened] = child
            try:
                await child.start(*_size(request.query))
                await self._listen(opened, child, session)
            finally:
                del self._sockets[opened]
        return opened

    async def _listen(
        self, opened: web.WebSocketResponse, child: ConsoleChild, session: BrowserSession
    ) -> None:
        async for message in opened:
            if message.type is not WSMsgType.TEXT:
                continue
            match _told(message.data):
                case ["stdin", str(typed)]:
                    self.door.sessions.touch(session)
                    await child.send_bytes(typed.encode("utf-8", "replace"))
                case ["resize", {"width": int() as width, "height": int() as height}]:
                    await child.set_terminal_size(*_within(width, height))
                case ["ping", str() as moment]:
                    await opened.send_json(["pong", moment[:40]])
                case ["focus", *_]:
                    await child.focus()
                case ["blur", *_]:
                    await child.blur()

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A document that the console of this very session made."""
        session = self._session(request)
        if session is None:
            raise web.HTTPUnauthorized
        key = request.match_info["key"]
        try:
            told = await self.downloads.get_download_metadata(key)
        except KeyError:
            raise web.HTTPNotFound from None
        if not self.door.serves(session, told.app_service):
            raise web.HTTPNotFound
        name = "".join(
            letter if (letter.isascii() and letter.isalnum()) or letter in "-._" else "_"
            for letter in told.file_name
        )
        shown = told.open_method == "browser" and told.mime_type in ("text/html", "text/plain")
        response = web.StreamResponse(headers=headers.PRINTED)
        response.content_type = told.mime_type if shown else "application/octet-stream"
        response.charset = "utf-8" if shown else None
        response.headers["Content-Disposition"] = f"{'inline' if shown else 'attachment'}; filename={name}"
        await response.prepare(request)
        async for chunk in self.downloads.download(key):
            await response.write(chunk)
        await response.write_eof()
        return response


_REFUSALS = {
    400: N_("This request is not understood"),
    401: N_("You are not signed in"),
    403: N_("This came from another page: refused"),
    404: N_("There is no such page"),
    413: N_("This is too large"),
    421: N_("This door has another address: see public_address in web.toml"),
    500: N_("Something failed here: it stands in the log of the service"),
}


async def _closed(opened: web.WebSocketResponse) -> None:
    with contextlib.suppress(ConnectionError):
        await opened.close()


def _told(text: str) -> object:
    """What a page of the terminal says; nothing of it is believed yet."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _size(query: Mapping[str, str]) -> tuple[int, int]:
    said = [query.get(name, "") for name in ("width", "height")]
    width, height = (int(one) if one.isascii() and one.isdecimal() and len(one) < 5 else 0 for one in said)
    return _within(width or 80, height or 24)


def _within(width: int, height: int) -> tuple[int, int]:
    columns = min(max(width, SMALLEST[0]), LARGEST[0])
    return columns, min(max(height, SMALLEST[1]), LARGEST[1])


def _to(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})


def _page(text: str, status: int = 200, headers_: Mapping[str, str] = headers.PAGE) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html", headers=headers_)


@asynccontextmanager
async def serving(door: Door, command: ConsoleCommand = console_command) -> AsyncIterator[Server]:
    """Listen for the length of a block; DispatchError when the address or the certificate cannot be used."""
    rules = door.rules
    listening = _listening(rules.host, rules.port)
    server = Server(door, Addresses.of(rules, listening.getsockname()[1]), command)
    runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=5.0, handle_signals=False)
    await runner.setup()
    try:
        await web.SockSite(runner, listening, ssl_context=_tls(rules.cert_file, rules.key_file)).start()
        yield server
    finally:
        await runner.cleanup()
        listening.close()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=64)
    except OSError as error:
        raise DispatchError(
            _("cannot listen on {host}:{port}: {error}", host=host, port=port, error=error.strerror or error)
        ) from error


def _tls(cert_file: Path | None, key_file: Path | None) -> ssl.SSLContext | None:
    if cert_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert_file, key_file)
    except (OSError, ssl.SSLError) as error:
        raise DispatchError(
            _("certificate {file} cannot be used: {error}", file=cert_file, error=error)
        ) from error
    return context
