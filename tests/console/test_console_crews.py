"""Orders in sight, crews of an incident, and the states of units by digit and by word."""

# ruff: noqa: RUF001 - full-width digits are what an input method sends

import pytest

from dispatch.centre.asking import Standing
from dispatch.console.dialogs.choose import ChooseDialog
from dispatch.console.dialogs.life import RecallDialog
from dispatch.console.dialogs.state import StateDialog
from dispatch.console.widgets.board import Board
from dispatch.domain.units import UnitId, UnitState
from tests.console.driver import Console, console_app
from tests.console.fakes import FakeDesk, fake_desk
from tests.console.working import AT_WORK, WAITS, a_night_at_work, order


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


@pytest.mark.parametrize("key", ["f2", "f3", "f4", "f5", "f6", "f1"])
async def test_an_order_no_crew_answers_is_seen_on_every_screen_until_it_is(desk: FakeDesk, key: str) -> None:
    made = order(desk, "CS-013", AT_WORK, 2, Standing.ORDERED)

    def acknowledged() -> None:
        made.standing = Standing.CONFIRMED

    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press(key).wait(1).expect_no_text("电台呼叫")
            .wait(8).expect_text("11秒  CS-013：车组未确认，请用电台呼叫", "CS-1124-0001")
            .wait(20).expect_text("31秒", "值班长")
            .do(acknowledged).wait(1).expect_no_text("电台呼叫")
        )  # fmt: skip


async def test_the_result_line_goes_on_when_the_crew_has_acknowledged(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.press("f7", "enter").expect_act("unit").expect_text("Ctrl+Z 撤销")

        def acknowledged() -> None:
            for made in desk.orders_asked:
                made.standing = Standing.CONFIRMED

        await console.do(acknowledged).wait(1).expect_text("：车组已确认").expect_no_text("Ctrl+Z 撤销")


async def test_the_worst_order_is_named_and_the_others_counted(desk: FakeDesk) -> None:
    order(desk, "CS-021", WAITS, 4, Standing.REQUESTED)
    order(desk, "CS-013", AT_WORK, 14, Standing.ORDERED)
    order(desk, "CS-001", AT_WORK, 90, Standing.CONFIRMED)
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await (
            console.map().wait(1).expect_text("CS-013：车组未确认", "另有 1 项", "Ctrl+O")
            .press("ctrl+o").expect_screen("incidents").expect_result("2 条指令待应答", ok=True)
        )  # fmt: skip
        crews = console.app.screen.query_one("#crews", Board)
        assert crews.has_focus
        assert crews.keys[0] == crews.selected == "CS-013"


async def test_the_bell_rings_for_a_red_order_and_again_when_it_is_escalated(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.picture.alarms.by_id.clear()
    desk.picture.incidents.pop(WAITS)
    order(desk, "CS-013", AT_WORK, 8, Standing.ORDERED)
    app = console_app(desk)
    rung: list[float] = []
    monkeypatch.setattr(app, "bell", lambda: rung.append(desk.clock.monotonic()))
    async with app.run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.wait(1)
        assert rung == []
        await console.wait(2)
        assert len(rung) == 1
        await console.wait(5)
        assert len(rung) == 1
        await console.wait(20)
        assert len(rung) > 1


async def test_a_refused_order_stays_beside_the_incident_with_why(desk: FakeDesk) -> None:
    made = order(desk, "CS-013", AT_WORK, 5, Standing.DENIED)
    made.why = "该车已预留给其他请求"
    held = desk.picture.incidents[AT_WORK]
    desk.picture.incidents[AT_WORK] = held.model_copy(update={"units": (UnitId("CS-002"),)})
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().select("CS-1124-0001").wait(1)
            .expect_text("CS-013", "该车已预留给其他请求").expect_no_text("电台呼叫")
            .wait(700).expect_no_text("该车已预留给其他请求")
        )  # fmt: skip


async def test_a_unit_that_this_desk_sent_is_not_asked_about_once_more(desk: FakeDesk) -> None:
    a_night_at_work(desk)
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("send CS-013 CS-1124-0003").expect_dialog(None)
            .expect_result("CS-013 已由本席派往 CS-1124-0001", ok=False).expect_no_act()
        )  # fmt: skip


async def test_an_unknown_order_says_to_ask_by_telephone(desk: FakeDesk) -> None:
    order(desk, "CS-013", AT_WORK, 40, Standing.UNKNOWN)
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .units().wait(1).expect_text("CS-013：是否已下令不明，另派前请先电话核实")
            .press("ctrl+o").expect_text("情况不明")
        )  # fmt: skip


async def test_several_units_are_sent_after_one_question(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("send CS-021 CS-003 to CS-1124-0003").expect_dialog(ChooseDialog)
            .expect_text("派出 2 辆车", "CS-003 → CS-1124-0003", "第 1 位", "第 2 位")
            .expect_no_text("请说明原因").press("enter").expect_dialog(None)
        )  # fmt: skip
    sent = desk.did("unit")
    assert [act["unit"] for act in sent] == ["CS-003", "CS-021"]
    assert sent[1]["why"] == "与 CS-003 一并派出"


async def test_one_refused_unit_does_not_stop_the_others(desk: FakeDesk) -> None:
    desk.busy = {"CS-003"}
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("send CS-021 CS-003 to CS-1124-0003").press("enter")
            .expect_act("unit", unit="CS-021").expect_result("CS-003 已不可派", ok=False)
        )  # fmt: skip


async def test_a_neighbours_unit_says_that_its_city_is_asked_and_what_it_keeps(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("send ZZ-001 CS-1124-0003").expect_dialog(ChooseDialog)
            .expect_text("ZZ-001 属株洲：先向株洲求援，同意后才下令", "未列入推荐")
            .press("1", "enter").expect_act("unit", unit="ZZ-001").expect_no_text("Ctrl+Z")
        )  # fmt: skip


async def test_a_unit_just_sent_is_taken_back_within_five_seconds(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().press("f7", "enter").expect_act("unit", unit="CS-003").expect_text("Ctrl+Z 撤销 5")
            .wait(2).expect_text("Ctrl+Z 撤销 3")
            .press("ctrl+z").expect_act("recall", unit="CS-003", reason="sent_by_mistake")
        )  # fmt: skip


async def test_once_the_crew_has_acknowledged_taking_back_is_refused(desk: FakeDesk) -> None:
    def acknowledges() -> None:
        desk.orders_asked[-1].standing = Standing.CONFIRMED

    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().press("f7", "enter").do(acknowledges).press("ctrl+z")
            .expect_result("车组已确认", ok=False)
        )  # fmt: skip
    assert not desk.did("recall")


async def test_recall_always_asks_and_names_where_the_unit_is_going(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("recall CS-002 来电取消").expect_dialog(RecallDialog)
            .expect_text("CS-002", "CS-1124-0001", "长沙火车站东广场").expect_no_act()
            .press("f7").expect_act("recall", unit="CS-002", reason="called_off")
            .incidents().select("CS-1124-0001").press("z", "1", "enter")
            .expect_act("recall", unit="CS-002", reason="nearer_unit")
        )  # fmt: skip


async def test_reassign_names_both_incidents_and_asks_why(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("reassign CS-002 to CS-1124-0003").expect_dialog(ChooseDialog)
            .expect_text("CS-1124-0001 → CS-1124-0003", "五一广场", "CS-1124-0001 将没有车辆")
            .press("enter").expect_no_act().press("6", "enter")
            .expect_act("reassign", unit="CS-002", incident=WAITS)
            .line("reassign CS-003 to CS-1124-0003").expect_result("没有任务", ok=False)
        )  # fmt: skip


async def test_a_digit_asks_and_then_sets_the_state_of_the_unit_under_the_cursor(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .units().select("CS-002").press("3").expect_dialog(StateDialog)
            .expect_text("CS-002  2 驶向现场 → 3 到达现场", "车载上报").expect_no_act()
            .press("enter").expect_act("state", unit="CS-002", state=UnitState.ON_SCENE, reason=None)
            .wait(1).expect_text("坐席上报")
        )  # fmt: skip


async def test_a_full_width_digit_is_as_good_and_a_committed_number_is_none(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .units().select("CS-002").commit("３２").expect_dialog(None)
            .commit("３").expect_dialog(StateDialog)
        )  # fmt: skip


async def test_what_may_not_follow_is_refused_with_what_may(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .units().select("CS-002").press("5").expect_dialog(None)
            .expect_result("可设为 3 到达现场、6 途中待命、8 不能调用，不能设为 5 到达医院", ok=False)
            .press("3").press("7").expect_dialog(StateDialog).expect_text("8 不能调用，不能设为 7")
            .expect_no_act()
        )  # fmt: skip


async def test_transporting_demands_a_hospital_and_offers_the_nearest(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .units().select("CS-007").press("4").expect_text("1 湘雅二医院").press("enter")
            .expect_dialog(StateDialog).expect_text("病人送往哪家医院").expect_no_act()
            .press("2", "enter")
            .expect_act("state", state=UnitState.TRANSPORTING, destination="CS-H-XIANGYA")
        )  # fmt: skip


async def test_another_hospital_is_found_by_its_initials(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .units().select("CS-007").press("4").fill("hospital", "csszxyy").press("tab", "enter")
            .press("f7").expect_act("state", destination="CS-H-CENTRAL")
        )  # fmt: skip


async def test_out_of_service_and_paused_demand_an_agreed_or_a_typed_reason(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .units().select("CS-003").press("9").expect_text("加油（充电）", "洗消").press("enter")
            .expect_text("该状态须说明原因").expect_no_act()
            .press("2", "enter").expect_act("state", state=UnitState.PAUSED, reason="disinfection")
            .line("out CS-011 轮胎漏气").expect_act("state", unit="CS-011", reason="轮胎漏气")
            .line("pause CS-001 1").expect_act("state", unit="CS-001", reason="refuelling")
        )  # fmt: skip


async def test_states_are_set_by_word_in_english_chinese_and_pinyin(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("arrive CS-002").expect_act("state", state=UnitState.ON_SCENE)
            .line("送医 CS-002 湘雅医院").expect_act("state", destination="CS-H-XIANGYA")
            .line("daoyuan CS-002").expect_act("state", state=UnitState.AT_HOSPITAL)
            .line("set 6 CS-002").expect_act("state", state=UnitState.AVAILABLE_ON_ROAD)
            .line("回站 CS-002").expect_act("state", state=UnitState.AVAILABLE_AT_STATION)
            .line("transport CS-007").expect_dialog(StateDialog).press("escape")
            .expect_result("未设置状态", ok=False)
        )  # fmt: skip


async def test_on_an_incident_with_several_crews_the_digit_asks_which(desk: FakeDesk) -> None:
    order(desk, "CS-010", AT_WORK, 60, Standing.CONFIRMED)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().select("CS-1124-0001").press("3").expect_dialog(StateDialog)
            .expect_text("CS-002", "CS-010").press("shift+tab", "2").expect_text("CS-010  2 驶向现场")
            .press("enter").expect_act("state", unit="CS-010", state=UnitState.ON_SCENE)
        )  # fmt: skip


async def test_the_unit_under_the_cursor_of_the_crews_is_the_one(desk: FakeDesk) -> None:
    order(desk, "CS-010", AT_WORK, 60, Standing.CONFIRMED)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().select("CS-1124-0001").press("o").select("CS-010").press("3", "enter")
            .expect_act("state", unit="CS-010", state=UnitState.ON_SCENE)
        )  # fmt: skip


async def test_no_crew_and_no_unit_named_is_said(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().select("CS-1124-0003").press("3").expect_dialog(None)
            .expect_result("请指明车辆", ok=False)
        )  # fmt: skip


async def test_a_crew_whose_line_could_not_be_painted_behind_a_dialog_is_painted_after_it(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = order(desk, "CS-002", WAITS, 0, Standing.GRANTED)

    def confirmed() -> None:
        made.standing = Standing.CONFIRMED

    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.incidents().select(WAITS).wait(1).expect_text("已预留")
        board = console.app.screen.query_one("#crews", Board)
        with monkeypatch.context() as lost:
            lost.setattr(board, "refresh_line", lambda _line: None)
            await console.do(confirmed).wait(1)
        await console.wait(1).expect_text("车组已确认")
