"""Signing in at the console, working without a password, looking only, and an empty seat."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from dispatch import language
from dispatch.console.commands import COMMANDS
from dispatch.console.dialogs.callers import CallersDialog
from dispatch.console.dialogs.incident import IncidentDialog
from dispatch.console.dialogs.signin import BreakGlassDialog, SignInDialog, account_of
from dispatch.console.rights import BY_SCREEN, FREE
from dispatch.console.seat import SeatWatch, Wish
from dispatch.domain.alarms import AlarmId, Severity
from dispatch.domain.incidents import IncidentId
from dispatch.domain.model import Name
from dispatch.domain.operators import Right, Role
from dispatch.signin import Answer, SignIn
from dispatch.signin.second_factor import fresh_secret
from tests.console.driver import Console, console_app, screen_text
from tests.console.fakes import FakeDesk, fake_desk
from tests.console.fakes_life import FakeOutcome
from tests.unit.signin.people import PASSWORDS, Site, operators

CRASH = IncidentId("CS-1124-0003")
SECRET = "horse-staple-72"
PEOPLE = [
    ("wang.fang", Name(zh="王芳", en="Wang Fang"), Role.DISPATCHER),
    ("li.na", Name(zh="李娜", en="Li Na"), Role.SUPERVISOR),
    ("chen.jie", Name(zh="陈洁", en="Chen Jie"), Role.BLOOD_STAFF),
]


class StaffedDesk(FakeDesk):
    """A desk at which one signs in; its only password is SECRET."""

    def staff(self) -> "StaffedDesk":
        self.known_operators = list(PEOPLE)
        self.operator, self.signed_in = "", False
        self.tried: list[str] = []
        return self

    def may(self, right: Right) -> str:
        return super().may(right) if self.signed_in else "本席位无人登录"

    async def sign_in(self, operator: str, password: str, code: str = "") -> FakeOutcome:
        await asyncio.sleep(0)
        self.tried.append(password)
        if password != SECRET:
            return FakeOutcome(False, "账号或密码不正确")
        name, role = next((name, role) for known, name, role in PEOPLE if known == operator)
        self.operator, self.role, self.signed_in, self.break_glass = operator, role, True, False
        self._did("sign_in", operator=operator)
        return FakeOutcome(True, f"{name.zh} 已登录")


@pytest.fixture
def desk() -> StaffedDesk:
    one = fake_desk()
    one.__class__ = StaffedDesk
    assert isinstance(one, StaffedDesk)
    return one.staff()


def signed_in(desk: StaffedDesk, operator: str = "wang.fang", role: Role = Role.DISPATCHER) -> StaffedDesk:
    desk.operator, desk.role, desk.signed_in = operator, role, True
    return desk


def typed(text: str) -> list[str]:
    return ["minus" if char == "-" else char for char in text]


def at(pilot: Pilot[None], desk: FakeDesk) -> Console:
    """The console once its first frames are painted, and its first question is asked."""
    return Console(pilot, desk).wait(0).wait(0)


# --- signing in --------------------------------------------------------------------------------


async def test_an_empty_seat_asks_at_once_and_one_digit_and_the_password_take_it(desk: StaffedDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            at(pilot, desk)
            .expect_dialog(SignInDialog).expect_text("王芳", "值班主任", "未登录")
            .press("2", *typed(SECRET), "enter").expect_dialog(None)
            .expect_act("sign_in", operator="li.na").expect_result("李娜 已登录", ok=True)
        )  # fmt: skip


async def test_a_wrong_password_is_told_cleared_and_asked_for_again(desk: StaffedDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = at(pilot, desk)
        await console.press("1").press(*typed("wrong-one"), "enter")
        await console.expect_dialog(SignInDialog).expect_text("账号或密码不正确").expect_no_act()
        assert pilot.app.screen.query_one("#password", Input).value == ""
        await console.press(*typed(SECRET), "f7").expect_act("sign_in", operator="wang.fang")


async def test_nobody_sees_the_password_on_any_screen(desk: StaffedDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = at(pilot, desk)
        await console.press("1").press(*typed(SECRET))
        shown = screen_text(console.app)
        await console.press("enter")
        shown += screen_text(console.app) + str(console.app.history.lines) + str(desk.acts)
        assert SECRET not in shown
        assert pilot.app.export_screenshot().find(SECRET) == -1


async def test_a_password_is_asked_for_and_never_taken_from_the_command_line(desk: StaffedDesk) -> None:
    async with console_app(signed_in(desk)).run_test(size=(120, 36)) as pilot:
        await (
            at(pilot, desk)
            .line("signin").expect_dialog(SignInDialog).press("escape")
            .line("signin li.na").expect_result("不需要", ok=False)
        )  # fmt: skip


async def test_an_input_method_at_work_in_the_hidden_field_is_told(desk: StaffedDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = at(pilot, desk)
        await console.press("1").commit("湘雅n").expect_dialog(SignInDialog).expect_text("输入法处于中文状态")
        await console.expect_no_act().fill("password", "\uff48\uff4f").expect_no_text("输入法处于中文状态")


async def test_a_site_with_many_operators_finds_them_by_pinyin(desk: StaffedDesk) -> None:
    desk.known_operators += [
        (f"op{n}.x", Name(zh=f"某{n}人", en=f"Some {n}"), Role.DISPATCHER) for n in range(20)
    ]
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            at(pilot, desk)
            .expect_no_text("某19人").press(*"chenjie").expect_text("陈洁").expect_no_text("王芳")
            .press("enter", *typed(SECRET), "enter").expect_act("sign_in", operator="chen.jie")
        )  # fmt: skip


async def test_the_dialog_speaks_both_languages(desk: StaffedDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            at(pilot, desk)
            .expect_text("登录", "密码", "F9 应急登录").press("f12")
            .expect_text("Sign in", "Password", "Wang Fang", "supervisor", "F9 without a password")
        )  # fmt: skip


async def test_enter_twice_while_the_password_is_checked_asks_once(desk: StaffedDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = at(pilot, desk)
        await console.press("1").fill("password", "wrong-one")
        dialog = pilot.app.screen
        assert isinstance(dialog, SignInDialog)
        dialog.confirm()
        dialog.confirm()
        await pilot.pause()
        await pilot.pause()
        assert desk.tried == ["wrong-one"]


# --- looking only ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["new", "open 湘雅医院 p1", "send CS-001 CS-1124-0003", "choose", "ack", "callers"],
)
async def test_whoever_only_looks_is_refused_with_the_key_that_helps(desk: StaffedDesk, line: str) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            at(pilot, desk)
            .press("escape").expect_dialog(None).expect_result("只能查看")
            .line(line).expect_result("请先登录（Ctrl+G）", ok=False).expect_no_act()
        )  # fmt: skip


async def test_whoever_only_looks_sees_everything(desk: StaffedDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            at(pilot, desk)
            .press("escape").expect_text("CS-1124-0003", "未登录")
            .units().blood().map().alarms().incidents()
            .line("find 湘雅医院").expect_screen("map").expect_no_act()
        )  # fmt: skip


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (160, 48)])
async def test_that_nobody_is_signed_in_is_said_at_every_size(
    desk: StaffedDesk, size: tuple[int, int]
) -> None:
    async with console_app(desk).run_test(size=size) as pilot:
        await at(pilot, desk).press("escape").wait(1).expect_text("未登录")


async def test_a_new_alarm_is_in_view_while_somebody_signs_in(desk: StaffedDesk) -> None:
    for alarm in desk.picture.alarms.listed():
        desk.picture.alarms.acknowledge(alarm.id)

    def trouble() -> None:
        desk.picture.alarms.raise_(AlarmId("audit"), Severity.CRITICAL, "audit_failed", desk.clock.now())

    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            at(pilot, desk)
            .expect_dialog(SignInDialog).do(trouble).wait(1).expect_text("审计日志")
            .press("f8").expect_result("请先登录", ok=False).expect_dialog(SignInDialog)
        )  # fmt: skip


async def test_a_role_that_may_not_is_told_so_before_any_form_opens(desk: StaffedDesk) -> None:
    signed_in(desk, "chen.jie", Role.OBSERVER).forbidden = {Right.INCIDENT: "观察员不能受理事件"}
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            at(pilot, desk)
            .press("f10").expect_dialog(None).expect_result("观察员不能受理事件", ok=False)
            .blood().press("f10").expect_result("", ok=True)
        )  # fmt: skip


def test_every_command_says_which_right_it_needs_or_that_it_needs_none() -> None:
    asking = {command.name() for command in COMMANDS if command.right is not None}
    asking |= {name for name, _screen in BY_SCREEN}
    assert {command.name() for command in COMMANDS} - asking == FREE, "see dispatch/console/rights.py"


# --- break-glass -------------------------------------------------------------------------------


async def test_break_glass_is_a_name_that_was_chosen_and_a_reason(desk: StaffedDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            at(pilot, desk)
            .press("2", "f9").expect_dialog(BreakGlassDialog).expect_text("忘记密码", "产生告警")
            .expect_no_text("李娜")
            .press("f7").expect_dialog(BreakGlassDialog).expect_no_act().expect_text("请输入您的姓名")
            .press(*"lina").expect_text("将记为 李娜")
            .press("enter").expect_dialog(BreakGlassDialog).expect_no_act()
            .press("1", "enter").expect_dialog(None)
            .expect_act("break_glass", operator="li.na", reason="password_lost")
            .wait(1).expect_text("▴ 应急")
        )  # fmt: skip


async def test_break_glass_with_a_reason_and_no_name_stays(desk: StaffedDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            at(pilot, desk)
            .press("f9", "tab", "1", "enter").expect_dialog(BreakGlassDialog).expect_no_act()
            .expect_text("请输入您的姓名")
        )  # fmt: skip


def test_letters_that_fit_two_operators_are_nobodys_account(
    desk: StaffedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = ("li.min", Name(zh="黎敏", en="Li Min"), Role.DISPATCHER)
    monkeypatch.setattr(desk, "operators", lambda: [*PEOPLE, another])
    assert account_of("li", desk) == ""
    assert account_of("李", desk) == ""
    assert account_of("李娜", desk) == "li.na"
    assert account_of("LINA", desk) == "li.na"


async def test_somebody_without_an_account_gives_his_name(desk: StaffedDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            at(pilot, desk)
            .press("escape").line("breakglass").expect_dialog(BreakGlassDialog)
            .fill("who", "刘军").fill("reason", "临时支援").press("f7")
            .expect_act("break_glass", operator="刘军", reason="临时支援")
        )  # fmt: skip


async def test_leaving_break_glass_leads_back_to_the_password(desk: StaffedDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await at(pilot, desk).press("f9", "escape").expect_dialog(SignInDialog).expect_no_act()


# --- signing out, and a seat that nobody touches -----------------------------------------------


async def test_after_signing_out_the_seat_asks_who_is_next(desk: StaffedDesk) -> None:
    async with console_app(signed_in(desk)).run_test(size=(160, 48)) as pilot:
        await (
            at(pilot, desk)
            .expect_text("王芳 调度员 @ 长沙").wait(1)
            .line("signout").expect_act("sign_out", idle=False).wait(1)
            .expect_dialog(SignInDialog).press("escape").wait(1).expect_dialog(None)
            .press("ctrl+g").expect_dialog(SignInDialog)
        )  # fmt: skip


async def test_an_idle_console_signs_out_and_keeps_the_form_that_stood_open(desk: StaffedDesk) -> None:
    now = 0.0
    app = console_app(signed_in(desk))
    app._seating.watch = SeatWatch(10, steady=lambda: now)
    async with app.run_test(size=(120, 36)) as pilot:
        console = at(pilot, desk)
        await console.press("f10").fill("complaint", "胸痛").wait(1).expect_no_act()
        now = 601.0
        await console.wait(1).expect_act("sign_out", idle=True).wait(1)
        await console.expect_dialog(SignInDialog).expect_text("10 分钟无人操作", "下面的表单为您保留")
        await console.press("escape").expect_dialog(SignInDialog).expect_text("不会丢失")
        await console.press("1", *typed(SECRET), "enter").expect_dialog(IncidentDialog)
        assert pilot.app.screen.query_one("#complaint", Input).value == "胸痛"


async def test_a_key_keeps_the_seat(desk: StaffedDesk) -> None:
    now = 0.0
    app = console_app(signed_in(desk))
    app._seating.watch = SeatWatch(10, steady=lambda: now)
    async with app.run_test(size=(120, 36)) as pilot:
        console = at(pilot, desk)
        now = 599.0
        await console.press("down")
        now = 1_000.0
        await console.wait(1).expect_no_act()


def test_a_seat_is_never_left_by_itself_where_no_minutes_are_set(desk: StaffedDesk) -> None:
    now = 0.0
    watch = SeatWatch(0, steady=lambda: now)
    now = 1e9
    assert watch.look(signed_in(desk)) is None
    desk.signed_in = False
    assert watch.look(desk) is Wish.ASK
    assert watch.look(desk) is None
    assert watch.sat == "wang.fang"


def test_a_console_without_operators_never_asks_and_never_locks() -> None:
    desk = fake_desk()
    now = 0.0
    watch = SeatWatch(1, steady=lambda: now)
    now = 1e9
    assert watch.look(desk) is None


async def test_a_console_without_operators_says_that_nobody_has_to_sign_in() -> None:
    desk = fake_desk()
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            at(pilot, desk)
            .expect_dialog(None).line("signin").expect_result("无须登录", ok=False)
            .line("signout").expect_result("无须登录", ok=False)
        )  # fmt: skip


# --- callers -----------------------------------------------------------------------------------


async def test_callers_in_full_are_for_those_who_may(desk: StaffedDesk) -> None:
    await desk.note_caller(CRASH, "13812341234", "王小明", "车祸")
    desk.acts.clear()
    signed_in(desk).forbidden = {Right.CALLER: "调度员不能查看来电号码"}
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            at(pilot, desk)
            .line("callers CS-1124-0003").expect_result("不能查看", ok=False).expect_no_act()
            .do(desk.forbidden.clear)
            .line("callers CS-1124-0003").expect_dialog(CallersDialog)
            .expect_text("13812341234", "王小明").expect_act("unmask", incident=CRASH)
            .press("escape").expect_dialog(None).expect_no_text("13812341234")
        )  # fmt: skip


async def test_hostile_names_of_callers_and_operators_cannot_reach_the_terminal(desk: StaffedDesk) -> None:
    hostile = "\x1b[2J[@click=app.quit]\u202e"
    await desk.note_caller(CRASH, hostile, hostile, hostile)
    desk.known_operators.append(("zz.zz", Name(zh=hostile, en=hostile), Role.OBSERVER))
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = at(pilot, desk)
        await console.expect_dialog(SignInDialog)
        shown = screen_text(console.app)
        await console.press("escape").do(lambda: signed_in(desk, "zz.zz") and None).wait(1)
        shown += screen_text(console.app)
        await console.line("callers CS-1124-0003").expect_dialog(CallersDialog)
        shown += screen_text(console.app)
        assert "\x1b" not in shown
        assert "\u202e" not in shown


def test_the_names_of_the_console_speak_the_language_in_use(desk: StaffedDesk) -> None:
    from dispatch.console.people import operator_text, role_text

    signed_in(desk)
    assert (operator_text(desk), role_text(desk)) == ("王芳", "调度员")
    language.use("en")
    assert (operator_text(desk), role_text(desk)) == ("Wang Fang", "dispatcher")
    assert operator_text(desk, "somebody else") == "somebody else"


# --- with the real sign-in -----------------------------------------------------------------------


class RealDesk(StaffedDesk):
    """The fake desk with the real seat behind it."""

    people: SignIn

    def wants_code(self, operator: str) -> bool:
        return self.people.wants_code(operator)

    async def sign_in(self, operator: str, password: str, code: str = "") -> FakeOutcome:
        return self._now(await self.people.sign_in(operator, password, code))

    async def sign_in_by_break_glass(self, operator: str, reason: str) -> FakeOutcome:
        return self._now(await self.people.sign_in_by_break_glass(operator, reason))

    async def sign_out(self, *, idle: bool = False) -> FakeOutcome:
        return self._now(await self.people.sign_out("idle" if idle else "asked"))

    def may(self, right: Right) -> str:
        return self.people.why_not(right)

    def _now(self, answer: Answer) -> FakeOutcome:
        by = self.people.by
        self.signed_in, self.break_glass = by is not None, self.people.break_glass
        self.operator, self.role = (by.operator if by else ""), self.people.role
        return FakeOutcome(answer.ok, answer.message)


async def test_a_shift_begins_with_a_wrong_password_and_leaves_no_trace_of_any(
    desk: StaffedDesk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    site = Site(tmp_path, desk.clock, picture=desk.picture).staffed()
    desk.__class__ = RealDesk
    assert isinstance(desk, RealDesk)
    desk.people = site.seat()
    async with console_app(desk).run_test(size=(160, 48)) as pilot:
        console = at(pilot, desk)
        await console.press("1").press(*typed("not-the-one-1"), "enter")
        await settled(pilot, lambda: bool(site.said("signin.failed")))
        await console.expect_dialog(SignInDialog).expect_text("账号或密码不正确")
        await console.press(*typed(PASSWORDS["wang.fang"]), "enter")
        await settled(pilot, lambda: desk.signed_in)
        await (
            console.wait(1).expect_dialog(None).expect_text("王芳 调度员 @ 长沙").expect_result("王芳 已登录")
        )
        await console.press("f7").expect_text("派车确认").press("escape")
        await console.line("shelve 30 等待维修").expect_result("", ok=False)
        shown = screen_text(console.app) + console.app.export_screenshot() + str(console.app.history.lines)
    await site.audit.close()
    everything = shown.encode() + traces(tmp_path) + caplog.text.encode() + repr(desk.people).encode()
    for secret in ("not-the-one-1", PASSWORDS["wang.fang"], "argon2id"):
        assert secret.encode() not in everything, secret
    assert [row.action for row in site.said("signin")] == ["signin.failed", "signin.in"]


async def test_who_has_a_second_factor_is_asked_for_its_code(desk: StaffedDesk, tmp_path: Path) -> None:
    secret = fresh_secret()
    people = [
        one.model_copy(update={"totp": secret}) if one.id == "wang.fang" else one for one in operators()
    ]
    site = Site(tmp_path, desk.clock, picture=desk.picture).staffed(people)
    desk.__class__ = RealDesk
    assert isinstance(desk, RealDesk)
    desk.people = site.seat()
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = at(pilot, desk)
        await console.press("1").press(*typed(PASSWORDS["wang.fang"]), "enter")
        await console.expect_dialog(SignInDialog)
        assert console.app.focused is not None
        assert console.app.focused.id == "code", "the password alone is not enough"
        await console.press(*"000000", "enter")
        await settled(pilot, lambda: bool(site.said("signin.failed")))
        await console.expect_dialog(SignInDialog).expect_text("验证码有误")
        assert not desk.signed_in
        await console.press(*typed(PASSWORDS["wang.fang"]), "enter", *pyotp.TOTP(secret).now(), "enter")
        await settled(pilot, lambda: desk.signed_in)
        await console.wait(1).expect_dialog(None).expect_result("王芳 已登录")
    await site.audit.close()


async def settled(pilot: Pilot[None], done: Callable[[], bool]) -> None:
    """Wait until a hash was made in its thread, for five seconds at most."""
    for _turn in range(100):
        await pilot.pause(0.05)
        if done():
            await pilot.pause()
            return
    raise AssertionError("nothing came of it")


def traces(folder: Path) -> bytes:
    """Everything the console wrote but the file of operators itself."""
    return b"".join(path.read_bytes() for path in folder.glob("audit.db*"))
