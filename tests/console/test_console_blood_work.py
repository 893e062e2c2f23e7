"""The console of a blood centre: its first screen, its keys, what F7 does, printing, scanning."""

import pytest
from textual import events
from textual.keys import _character_to_key

from dispatch.console.dialogs.label import LabelDialog
from dispatch.desk.document import Document
from dispatch.domain.alarms import AlarmId, Severity
from dispatch.domain.blood_orders import BloodAct, BloodOrderId
from dispatch.domain.operators import Role
from tests.console.blood_centre import blood_desk
from tests.console.driver import Console, console_app
from tests.console.fakes import FakeDesk, fake_desk

MINE, ASIDE, PACKING = "CS-B1-1126-101500-1", "CS-B1-1126-091000-3", "ZZ-B1-1126-100200-1"


@pytest.fixture
def desk() -> FakeDesk:
    return blood_desk()


async def test_it_opens_on_what_waits_and_says_nothing_of_ambulances(desk: FakeDesk) -> None:
    desk.picture.alarms.raise_(
        AlarmId("w"),
        Severity.CRITICAL,
        "waiting_p1",
        desk.clock.now(),
        {"incident": "CS-1124-0001", "place": "x"},
    )
    async with console_app(desk).run_test(size=(160, 40)) as pilot:
        console = Console(pilot, desk)
        await console.wait(0.3).expect_screen("bloodwork").expect_text("待确认 2", "待决定 1", "隔离待处置")
        text = console.text()
        for word in ("未派", "事件", "车辆 ", "支援", "CS-1124-0001"):
            assert word not in text, word


@pytest.mark.parametrize(("order", "act"), [(MINE, BloodAct.CONFIRM), (PACKING, BloodAct.PACKED)])
async def test_f7_does_the_next_step_and_asks_before_blood_is_promised(
    desk: FakeDesk, order: str, act: BloodAct
) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk).select(order).press("f7")
        if act is BloodAct.CONFIRM:
            await console.wait(0.1)
            assert desk.did("act_on_blood") == []
            console = console.press("f7")
        await console.wait(0.1).expect_act("act_on_blood", order=BloodOrderId(order), act=act)


async def test_f7_opens_the_line_where_something_must_be_typed(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk).select(ASIDE).press("f7").wait(0.1)
        await console.commit("陈静 复测合格").press("enter").wait(0.1)
        await console.expect_act(
            "act_on_blood", order=BloodOrderId(ASIDE), act=BloodAct.RELEASE, person="陈静"
        )


async def test_the_letters_of_the_blood_orders_work_here_too(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk).select(MINE).press("y").wait(0.1)
        await console.expect_act("act_on_blood", order=BloodOrderId(MINE), act=BloodAct.CONFIRM)


@pytest.mark.parametrize("screen", ["bloodwork", "holds"])
async def test_what_a_scanner_types_is_read_as_a_label(desk: FakeDesk, screen: str) -> None:
    app = console_app(desk)
    async with app.run_test(size=(120, 36)) as pilot:

        def scan() -> None:
            for letter in "=G12341765432100":
                app.post_message(events.Key(_character_to_key(letter), letter))
            app.post_message(events.Key("enter", "\r"))

        console = Console(pilot, desk).line(screen).wait(0.1).do(scan)
        await console.expect_dialog(LabelDialog).expect_text("G123417654321")
        assert desk.did("act_on_blood") == []


async def test_the_slip_of_the_order_under_the_cursor_and_the_stock_are_printed(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk).select(MINE).press("f10").wait(0.1)
        await console.line("print stock file").wait(0.1)
        slip, stock = desk.did("print")
        assert (slip["to"], stock["to"]) == ("paper", "file")
        documents = [one["document"] for one in (slip, stock)]
        assert all(isinstance(one, Document) for one in documents)
        assert [getattr(one, "title", "") for one in documents] == ["发血单", "血液库存报表"]
        assert MINE in str(documents[0])


async def test_the_help_has_the_keys_of_blood_staff_and_nothing_else(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 400)) as pilot:
        console = Console(pilot, desk).press("f1").wait(0.2)
        await console.expect_text("工作台", "打印", "确认供血")
        for word in ("派车", "召回", "出借", "仅在：事件", "仅在：车辆"):
            assert word not in console.text(), word


async def test_the_console_follows_whoever_sits_down(desk: FakeDesk) -> None:
    desk.role, desk.forbidden = Role.DISPATCHER, {}
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.wait(0.3).expect_screen("incidents")
        desk.role = Role.BLOOD_STAFF
        await console.wait(0.6).expect_screen("bloodwork")
        await console.press("f3").wait(0.1).expect_screen("holds")
        desk.role = Role.DISPATCHER
        await console.wait(0.6).expect_screen("incidents")


async def test_a_dispatcher_finds_the_screen_by_its_name() -> None:
    desk = fake_desk()
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).line("工作台").wait(0.1).expect_screen("bloodwork")
