"""The door over HTTP: who is let in, what is refused, what becomes of the console behind a browser."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pyotp
import pytest

from dispatch.domain.errors import DispatchError
from dispatch.domain.operators import Role
from dispatch.settings.operators import change_operators
from dispatch.web.door import open_door
from dispatch.web.server import ASSETS, FORM_COOKIE
from dispatch.web.ticket import NoTicket, Ticket, send, take
from tests.scenarios.three_cities import CLOCK, configured, until
from tests.unit.signin.people import CHEN, LI, PASSWORDS, WANG
from tests.web.house import TOTP, House, form_key, house, said


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as running:
        yield running


async def refused_socket(browser: aiohttp.ClientSession, address: str, **headers: str) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await browser.ws_connect(f"{address}/ws", headers=headers)
    return refusal.value.status


async def test_nobody_sees_a_console_without_signing_in(served: House) -> None:
    async with served.browser() as browser:
        status, _page, answer = await browser.get("/")
        assert (status, answer.headers["Location"]) == (303, "/login")
        assert await refused_socket(browser.client, browser.address, Origin=browser.origin) == 401
        assert (await browser.get("/download/k1"))[0] == 401
        cookie = {"Cookie": f"{served.server.cookie}=made-up"}
        assert await refused_socket(browser.client, browser.address, Origin=browser.origin, **cookie) == 401
        assert len(served.door.sessions) == 0


async def test_whoever_signs_in_gets_a_console_that_knows_who_he_is(served: House) -> None:
    async with served.browser() as browser:
        status, _page, answer = await browser.sign_in(CHEN, PASSWORDS[CHEN], lang="zh_CN")
        assert (status, answer.headers["Location"]) == (303, "/")
        morsel = answer.cookies[served.server.cookie]
        assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "Strict", "/")
        status, page, answer = await browser.get("/")
        assert status == 200
        for words in ("陈洁 (血站人员)", "长株潭急救与血液指挥台", "ws://127.0.0.1:"):
            assert words in page
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        async with await browser.socket() as opened:
            assert (await said(opened))[:5] == [CHEN, "blood_staff", "web-6", "142", "36"]
            await opened.send_json(["stdin", "血"])
            assert (await opened.receive_bytes()).decode() == "血"
            await opened.send_json(["ping", "12"])
            assert await opened.receive_json() == ["pong", "12"]
            for junk in ("", "{", "[]", '["resize", {"width": "9"}]', '["stdin", 5]', "[" * 4000):
                await opened.send_str(junk)
            await opened.send_json(["resize", {"width": 100000, "height": 1}])
            assert b'"width": 600, "height": 5' in await opened.receive_bytes()
    (row,) = served.log("signin.in")
    assert (row.actor, row.role, row.detail["desk"]) == (CHEN, "blood_staff", "web-6")


async def test_one_sentence_for_whatever_is_wrong_and_then_a_wait(served: House) -> None:
    async with served.browser() as browser:
        answers = []
        for operator, password in ((CHEN, "wrong"), ("nobody", "wrong"), (CHEN, "")):
            status, page, _answer = await browser.sign_in(operator, password)
            answers.append((status, "Account, password or code is wrong" in page))
        assert answers == [(401, True)] * 3
        await browser.sign_in(CHEN, "wrong")
        status, page, _answer = await browser.sign_in(CHEN, PASSWORDS[CHEN])
        assert status == 503
        assert "too many wrong passwords: wait 5 s" in page
        served.seconds.now += 6
        assert (await browser.sign_in(CHEN, PASSWORDS[CHEN]))[0] == 303
    assert len(served.log("signin.failed")) == 4


async def test_a_second_factor_is_asked_of_whoever_has_one_and_shows_to_nobody_else(tmp_path: Path) -> None:
    async with house(tmp_path, totp_of=LI) as served, served.browser() as browser:
        for password, code in ((PASSWORDS[LI], ""), (PASSWORDS[LI], "000000"), ("wrong", "")):
            status, page, _answer = await browser.sign_in(LI, password, code)
            assert (status, "Account, password or code is wrong" in page) == (401, True)
        served.seconds.now += 3600
        code = pyotp.TOTP(TOTP).now()
        assert (await browser.sign_in(LI, PASSWORDS[LI], code))[0] == 303
        assert (await browser.sign_in(LI, PASSWORDS[LI], code))[0] == 401, "each code once"


async def test_a_form_of_another_page_is_refused(served: House) -> None:
    async with served.browser() as browser:
        _status, page, _answer = await browser.get("/login")
        form = {"operator": CHEN, "password": PASSWORDS[CHEN], "form": form_key(page)}
        assert (await browser.post("/login", {**form, "form": ""}))[0] == 403
        assert (await browser.post("/login", form, Origin="http://evil.example"))[0] == 403
        assert (await browser.post("/login", form, Origin="null"))[0] == 403
        assert (await browser.post("/login", form, Host="evil.example"))[0] == 421
        assert (await browser.post("/login", {**form, "operator": "x" * 20_000}))[0] == 413
        browser.client.cookie_jar.clear(lambda one: one.key == FORM_COOKIE)
        assert (await browser.post("/login", form))[0] == 403
        assert len(served.door.sessions) == 0
        assert (await browser.sign_in(CHEN, PASSWORDS[CHEN]))[0] == 303
        assert (await browser.post("/logout", {"form": "guessed"}))[0] == 403
        assert len(served.door.sessions) == 1


async def test_a_socket_of_another_page_is_refused_even_with_the_cookie(served: House) -> None:
    async with served.browser() as browser:
        await browser.sign_in(CHEN, PASSWORDS[CHEN])
        for origin in ("http://evil.example", "null", ""):
            told = {"Origin": origin} if origin else {}
            assert await refused_socket(browser.client, browser.address, **told) == 403, origin
        told = {"Origin": browser.origin, "Host": "evil.example"}
        assert await refused_socket(browser.client, browser.address, **told) == 421


async def test_signing_out_ends_the_console_and_the_cookie(served: House) -> None:
    async with served.browser() as browser:
        await browser.sign_in(CHEN, PASSWORDS[CHEN])
        _status, page, _answer = await browser.get("/")
        async with await browser.socket() as opened:
            process = (await said(opened))[5]
            assert isinstance(process, int)
            status, page, _answer = await browser.post("/logout", {"form": form_key(page)})
            assert (status, "You are signed out" in page) == (200, True)
            async with asyncio.timeout(20):
                while not (await opened.receive()).type.name.startswith("CLOS"):
                    pass
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
        assert (await browser.get("/"))[0] == 303
        assert await refused_socket(browser.client, browser.address, Origin=browser.origin) == 401
    assert [row.detail["reason"] for row in served.log("signin.out")] == ["asked"]


async def test_a_console_that_signs_out_ends_the_sign_in_and_one_that_falls_does_not(served: House) -> None:
    async with served.browser() as browser:
        await browser.sign_in(CHEN, PASSWORDS[CHEN])
        for typed, left in (("x", 1), ("q", 0)):
            async with await browser.socket() as opened:
                await said(opened)
                await opened.send_json(["stdin", typed])
                async with asyncio.timeout(20):
                    while not (await opened.receive()).type.name.startswith("CLOS"):
                        pass
            await until(lambda: not served.door._consoles)
            assert len(served.door.sessions) == left
    await until(lambda: bool(served.log("signin.out")))
    assert [row.detail["reason"] for row in served.log("signin.out")] == ["console"]


async def test_a_second_page_of_one_sign_in_takes_the_console_over(served: House) -> None:
    async with served.browser() as browser:
        await browser.sign_in(CHEN, PASSWORDS[CHEN])
        async with await browser.socket() as first:
            before = (await said(first))[5]
            async with await browser.socket() as second:
                told = await said(second)
                assert told[2] == "web-6"
                assert told[5] != before
                with pytest.raises(ProcessLookupError):
                    os.kill(int(str(before)), 0)
                await second.send_json(["stdin", "here"])
                assert await second.receive_bytes() == b"here"


async def test_there_are_no_more_sign_ins_than_desks_and_time_frees_them(served: House) -> None:
    async with served.browser() as one, served.browser() as two, served.browser() as three:
        assert (await one.sign_in(CHEN, PASSWORDS[CHEN]))[0] == 303
        async with await one.socket() as opened:
            process = int(str((await said(opened))[5]))
            assert (await two.sign_in(WANG, PASSWORDS[WANG]))[0] == 303
            status, page, _answer = await three.sign_in(LI, PASSWORDS[LI])
            assert (status, "All 2 desks for browsers are taken" in page) == (503, True)
            served.seconds.now += 15 * 60
            assert (await three.sign_in(LI, PASSWORDS[LI]))[0] == 303
            await until(lambda: len(served.log("signin.out")) == 2)
            assert (await one.get("/"))[0] == 303
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
    assert {row.detail["reason"] for row in served.log("signin.out")} == {"idle"}


async def test_an_account_that_changes_loses_its_browser(served: House, tmp_path: Path) -> None:
    async with served.browser() as browser:
        await browser.sign_in(CHEN, PASSWORDS[CHEN])

        def disabled(before: object) -> list[object]:
            assert isinstance(before, tuple)
            return [one.model_copy(update={"active": one.id != CHEN}) for one in before]

        change_operators(tmp_path / "operators.toml", disabled)  # type: ignore[arg-type]
        await until(lambda: len(served.door.sessions) == 0)
        status, page, _answer = await browser.sign_in(CHEN, PASSWORDS[CHEN])
        assert (status, "The account is disabled" in page) == (401, True)
    assert [row.detail["reason"] for row in served.log("signin.out")] == ["account_changed"]


async def test_a_document_is_given_to_the_page_of_its_own_console_only(served: House) -> None:
    async with served.browser() as one, served.browser() as two:
        await one.sign_in(CHEN, PASSWORDS[CHEN])
        await two.sign_in(WANG, PASSWORDS[WANG])
        async with await one.socket() as opened, await two.socket() as other:
            await said(opened)
            await said(other)
            await opened.send_json(["stdin", "d"])
            assert await opened.receive_json() == ["deliver_file_start", "k1"]
            assert (await two.get("/download/k1"))[0] == 404
            status, page, answer = await one.get("/download/k1")
            assert (status, page) == (200, "<p>血</p>")
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Content-Disposition"] == "inline; filename=a_b.html"


async def test_every_answer_is_sealed_and_nothing_comes_from_another_place(served: House) -> None:
    async with served.browser() as browser:
        for path in (
            "/login",
            "/",
            "/nothing",
            *(f"/static/{name}" for name in ASSETS),
            "/static/../server.py",
        ):
            status, page, answer = await browser.get(path) if "ttf" not in path else (200, "", None)
            if answer is None:
                continue
            for name, value in {
                "X-Content-Type-Options": "nosniff",
                "X-Frame-Options": "DENY",
                "Cross-Origin-Resource-Policy": "same-origin",
            }.items():
                assert answer.headers[name] == value, (path, status)
            assert "Server" not in answer.headers
            if path.startswith("/login") or status == 404:
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                assert "http://" not in page.replace("http://www.w3.org", "")
                assert "https://" not in page


async def test_what_is_typed_is_text_on_the_page_and_nothing_else(served: House) -> None:
    async with served.browser() as browser:
        _status, page, _answer = await browser.sign_in('"><script>alert(1)</script>', "x")
        assert "<script" not in page
        assert "&lt;script&gt;" in page


async def test_without_operators_there_is_no_door(tmp_path: Path) -> None:
    with pytest.raises(DispatchError):
        async with open_door(configured(), folder=tmp_path, operators=None, clock=CLOCK):
            pass


TICKET = Ticket(operator=CHEN, role=Role.BLOOD_STAFF, desk=6, node="web-6", language="en")


def test_a_ticket_is_taken_from_the_process_that_started_this_one_only() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        send(TICKET, ours)
        with pytest.raises(NoTicket):  # this process made the pair itself: its parent did not
            take(theirs.detach())
    read, write = os.pipe()
    os.write(write, TICKET.model_dump_json().encode() + b"\n")
    with pytest.raises(NoTicket):
        take(read)
    os.close(write)
    with pytest.raises(NoTicket):
        take(-1)


@pytest.mark.parametrize("arguments", [[], ["3"], ["99"], ["x"], ["--help"]])
def test_nobody_starts_the_console_of_a_browser_by_hand(arguments: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "dispatch.cli.seated", *arguments],
        input=TICKET.model_dump_json(), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "started by czt serve" in ended.stderr
