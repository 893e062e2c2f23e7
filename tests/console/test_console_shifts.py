"""Desks and shifts: who works on what, and the handover that both sign."""

import pytest

from dispatch.console.dialogs.desks import DesksDialog
from dispatch.console.dialogs.handover import HandoverDialog
from dispatch.domain.model import Name
from dispatch.domain.operators import Right, Role
from dispatch.handover import HandoverSheet
from tests.console.driver import Console, console_app, screen_text
from tests.console.fakes import FakeDesk, fake_desk
from tests.console.neighbours import a_day_of_lending, an_hour_of_alarms, other_desks


@pytest.fixture
def desk() -> FakeDesk:
    desk = fake_desk()
    desk.known_operators = [
        ("liming", Name(zh="李明", en="Li Ming"), Role.DISPATCHER),
        ("limin", Name(zh="黎敏", en="Li Min"), Role.DISPATCHER),
        ("chenjing", Name(zh="陈静", en="Chen Jing"), Role.SUPERVISOR),
    ]
    return desk


async def test_leaving_the_handover_after_a_complaint_is_no_fault(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("f9").expect_dialog(HandoverDialog).press("f7").expect_dialog(HandoverDialog)
            .press("escape").expect_dialog(None).wait(1)
        )  # fmt: skip
    assert desk.faults == []


async def test_the_desks_say_who_sits_there_and_on_what(desk: FakeDesk) -> None:
    other_desks(desk)
    app = console_app(desk)
    async with app.run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("desks").expect_dialog(DesksDialog)
            .expect_text("本席", "chen", "CS-1124-0001", "未连接", "值班主任", "liuyang")
            .expect(lambda: screen_text(app).count("未连接") == 1, "only one is away, and not this desk")
            .press("down", "enter").expect_dialog(None).expect_screen("incidents")
        )  # fmt: skip


async def test_the_others_are_told_of_the_incident_on_which_the_cursor_rests(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.incidents().select("CS-1124-0001").wait(1)
        assert desk.at_work is None
        await console.wait(1).wait(1)
        assert desk.at_work == "CS-1124-0001"
        await console.map().wait(1).wait(5)
        assert desk.at_work == "CS-1124-0001"


async def test_the_sheet_can_be_read_and_is_signed_by_both(desk: FakeDesk) -> None:
    a_day_of_lending(desk)
    an_hour_of_alarms(desk)
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await (
            console.press("f9").expect_dialog(HandoverDialog)
            .expect_text("截至 02:31:07", "交班人 王芳", "未结事件 2（无车 1）", "停用车辆 3")
            .expect_text("借出 3、借入 2", "结果未定的指令 1", "CS-1124-0003")
            .press("f7").expect_text("请选定接班人").expect_no_act()
        )  # fmt: skip
        await (
            console.fill("remarks", "湘潭线路中断，已报修").fill("incoming", "陈静").press("f7")
            .expect_text("密码：未填写").expect_no_act()
            .fill("password", "geheim").press("f7").expect_dialog(None)
            .expect_act("sign_handover", incoming="chenjing", remarks="湘潭线路中断，已报修")
        )  # fmt: skip


async def test_what_is_signed_is_what_was_read(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.press("f9").do(lambda: desk.picture.incidents.clear()).wait(60)
        await console.fill("incoming", "chenjing").fill("password", "x").press("f7")
    sheet = desk.did("sign_handover")[0]["sheet"]
    assert isinstance(sheet, HandoverSheet)
    assert len(sheet.incidents) == 2


async def test_whoever_takes_over_is_found_by_pinyin_and_picked_from_the_list(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .press("f9", "tab", "tab").expect_text("1 李明", "2 黎敏", "值班主任")
            .press(*"limi").expect_text("李明", "黎敏").expect_no_text("陈静")
            .press("down", "2").expect_text("接班人         李明")
            .press("x", "f7").expect_act("sign_handover", incoming="liming")
        )  # fmt: skip


async def test_the_password_is_never_on_the_screen(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).press("f9").fill("password", "geheim").wait(1).expect_no_text("geheim")


async def test_a_wrong_password_signs_nothing_and_loses_nothing_that_was_typed(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .press("f9").fill("incoming", "liming").fill("remarks", "已报修").press("f7")
            .expect_dialog(HandoverDialog).fill("password", "wrong").press("f7")
            .expect_dialog(HandoverDialog).expect_text("密码：liming", "已报修")
            .press("x", "f7").expect_dialog(None).expect_result("liming", ok=True)
        )  # fmt: skip
    assert [fact["remarks"] for fact in desk.did("sign_handover")] == ["已报修", "已报修"]


async def test_without_accounts_no_password_is_asked_for_and_names_are_taken_as_given(
    desk: FakeDesk,
) -> None:
    desk.known_operators = []
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .press("f9").expect_text("接班人").expect_no_text("密码")
            .press("f7").expect_text("接班人：未填写").expect_no_act()
            .fill("incoming", "li.na").press("f7").expect_act("sign_handover", incoming="li.na")
        )  # fmt: skip


async def test_who_leaves_is_called_by_name_and_not_by_account(desk: FakeDesk) -> None:
    desk.operator = "liming"
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).press("f9").expect_text("交班人 李明")


async def test_an_observer_cannot_sign(desk: FakeDesk) -> None:
    desk.forbidden[Right.HANDOVER] = "观察员不能签署交接班"
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("f9").expect_dialog(None).expect_result("观察员不能签署交接班", ok=False)
        )  # fmt: skip
