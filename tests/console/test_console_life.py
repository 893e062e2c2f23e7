"""The life of an incident at the desk: the call, a second caller, chased, held, changed, closed."""

# ruff: noqa: RUF001 - full-width digits are what an input method sends

from datetime import timedelta

import pytest

from dispatch.console.dialogs.amend import AmendDialog
from dispatch.console.dialogs.choose import ChooseDialog
from dispatch.console.dialogs.incident import IncidentDialog
from dispatch.console.dialogs.join import JoinDialog
from dispatch.console.dialogs.life import CloseDialog, HoldDialog
from dispatch.domain.incidents import Act, Ending, Incident, IncidentId, IncidentState, Priority
from dispatch.domain.operators import Right
from dispatch.domain.units import Capability, UnitId, UnitState, UnitStatus
from dispatch.picture.desks import DeskView
from tests.console.driver import Console, console_app
from tests.console.fakes import CHANGSHA, FakeDesk, fake_desk

WAITS = IncidentId("CS-1124-0003")
SENT = IncidentId("CS-1124-0001")


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


async def test_the_caller_is_kept_here_and_the_remarks_go_with_the_incident(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("f10").expect_text("号码和姓名只保存在本台")
            .fill("place", "湘雅医院").press("enter", "1")
            .fill("complaint", "胸痛").fill("number", "１３９ 7310 0000").fill("name", "李先生")
            .fill("remarks", "三单元门口有人接").press("f7").expect_dialog(None)
            .expect_result("已受理", ok=True)
            .expect_act("caller", number="139 7310 0000", name="李先生", text="胸痛")
            .expect_act("note", text="三单元门口有人接")
        )  # fmt: skip
    opened = desk.did("open")[0]["incident"]
    assert opened.priority is Priority.LIFE_THREATENING  # type: ignore[attr-defined]
    assert "139" not in str(opened)


async def test_one_wrong_key_does_not_lose_what_was_typed_during_a_call(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("f10", "escape").expect_dialog(None)
            .press("f10").fill("complaint", "胸痛").press("escape").expect_dialog(IncidentDialog)
            .expect_text("再按 Esc 放弃").fill("complaint", "胸痛伴大汗").expect_no_text("再按 Esc 放弃")
            .press("escape", "escape").expect_dialog(None).expect_no_act()
        )  # fmt: skip


async def test_who_called_is_shown_at_this_console_only(desk: FakeDesk) -> None:
    await desk.note_caller(SENT, "139****0000", "李先生", "")
    async with console_app(desk).run_test(size=(160, 48)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().select("CS-1124-0001").expect_text("来电人（仅存本台） 02:31 139****0000 李先生")
        )  # fmt: skip


async def test_a_number_with_letters_in_it_is_sent_back_to_its_field(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("f10").fill("place", "湘雅医院").press("enter").fill("number", "李先生").press("f7")
            .expect_dialog(IncidentDialog).expect_text("只能是数字").expect_no_act()
        )  # fmt: skip


async def test_a_call_about_an_open_incident_is_offered_to_join_it(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("f10").fill("place", "五一广场").press("enter")
            .expect_text("距此 0 米", "3分10秒前已受理", "CS-1124-0003", "F9 或 Ctrl+J 并入")
            .fill("number", "13973100000").fill("complaint", "又有人倒地").press("f9")
            .expect_dialog(JoinDialog).expect_text("CS-1124-0003", "又有人倒地")
            .press("f7")
            .expect_act("join", incident=WAITS, act=Act.REPEAT, text="又有人倒地", number="13973100000")
        )  # fmt: skip
    assert not desk.did("open")
    assert desk.picture.incidents[WAITS].acceptances == 2


async def test_tab_takes_the_first_place_so_that_a_digit_is_the_priority(
    desk: FakeDesk,
) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.press("f10").fill("place", "xyeyy").press("tab", "1", "f7").expect_dialog(None)
    (opened,) = desk.did("open")
    incident = opened["incident"]
    assert isinstance(incident, Incident)
    assert (incident.priority, incident.place) == (Priority.LIFE_THREATENING, "湘雅二医院")


async def test_keys_that_are_read_at_once_go_where_the_keys_before_them_led(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.at_once("f10", *"xyeyy", "tab", "1", "tab", "backspace", "3").expect_dialog(
            IncidentDialog
        )
        await console.press("f7").expect_dialog(None)
    (opened,) = desk.did("open")
    incident = opened["incident"]
    assert isinstance(incident, Incident)
    told = (incident.place, incident.priority, incident.patients)
    assert told == ("湘雅二医院", Priority.LIFE_THREATENING, 3)


async def test_a_key_for_a_form_that_may_not_open_does_nothing_below(desk: FakeDesk) -> None:
    desk.forbidden = dict.fromkeys(Right, "只供查看")
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await Console(pilot, desk).at_once("f10", *"zhaoshan", "f7").expect_dialog(None).expect_no_act()


async def test_ctrl_j_joins_as_f9_does_and_a_digit_makes_it_a_chase(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .press("f10").fill("place", "长沙火车站东广场").fill("place", "28.1935, 113.0081").press("ctrl+j")
            .expect_dialog(JoinDialog).press("2", "enter")
            .expect_act("join", incident=SENT, act=Act.CHASE)
            .expect_result("请告诉来电人：CS-002", ok=True)
        )  # fmt: skip


async def test_far_from_everything_nothing_is_offered_and_f9_does_nothing(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("f10").fill("place", "岳麓站").press("enter").expect_no_text("并入该事件")
            .press("f9").expect_dialog(IncidentDialog).expect_no_act()
        )  # fmt: skip


async def test_chase_counts_and_says_what_to_tell_the_caller(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("chase CS-1124-0001 老人呼吸困难")
            .expect_act("join", incident=SENT, act=Act.CHASE, text="老人呼吸困难")
            .expect_result("CS-002 已在途，约 6 分钟到达", ok=True)
            .press("c").expect_text("催车 2 次")
        )  # fmt: skip


async def test_hold_with_a_time_and_a_reason_is_done_at_once_and_can_be_taken_back(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await (
            console.line("hold CS-1124-0003 30min 等家属决定").expect_result("已挂起", ok=True)
            .expect_act("hold", reason="family_decides", until=desk.clock.now() + timedelta(minutes=30))
            .expect_text("挂起 03:01", "Ctrl+Z 撤销").press("ctrl+z").expect_result("已唤醒", ok=True)
        )  # fmt: skip
    assert desk.picture.incidents[WAITS].state is IncidentState.WAITING


async def test_hold_asks_why_and_until_when(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().press("g").expect_dialog(HoldDialog).expect_text("CS-1124-0003", "五一广场")
            .press("f7").expect_dialog(HoldDialog).expect_no_act().press("escape", "g")
            .fill("until", "morgen").press("2", "enter").expect_text("40min").expect_no_act()
            .fill("until", "").press("f7").expect_act("hold", reason="address_unclear", until=None)
        )  # fmt: skip


async def test_after_five_seconds_nothing_can_be_taken_back(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("hold CS-1124-0003 30min 等家属决定").wait(5).expect_no_text("Ctrl+Z")
            .press("ctrl+z").expect_result("没有可撤销的操作", ok=False)
        )  # fmt: skip
    assert desk.picture.incidents[WAITS].state is IncidentState.HELD


async def test_what_was_done_before_is_not_offered_to_be_taken_back_beside_another_act(
    desk: FakeDesk,
) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().select("CS-1124-0001").line("hold CS-1124-0003 30min 等家属决定")
            .expect_text("Ctrl+Z 撤销").press("f7", "enter").expect_act("hospital")
            .expect_no_text("Ctrl+Z 撤销").press("ctrl+z").expect_result("没有可撤销的操作", ok=False)
        )  # fmt: skip


async def test_an_incident_that_ends_under_the_cursor_says_how_before_it_leaves_the_list(
    desk: FakeDesk,
) -> None:
    def ends() -> None:
        over = {"state": IncidentState.CLOSED, "ending": Ending.COMPLETED, "units": ()}
        desk.picture.incidents[SENT] = desk.picture.incidents[SENT].model_copy(update=over)
        desk.picture.changes.mark("incident", SENT)

    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().select(SENT).do(ends).wait(1).expect_text(SENT, "正常完成")
            .press("f7").expect_dialog(None).expect_result("已结束", ok=False)
            .wait(31).expect_no_text("正常完成")
            .units().line(f"timeline {SENT}").expect_screen("incidents").expect_text(SENT, "正常完成")
            .press("escape", "up").wait(1).expect_no_text("正常完成")
        )  # fmt: skip


async def test_wake_can_be_taken_back_with_its_reason_and_time(desk: FakeDesk) -> None:
    until = desk.clock.now() + timedelta(minutes=30)
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("hold CS-1124-0003 30min 道路中断").press("w").expect_result("已唤醒", ok=True)
            .press("ctrl+z").expect_act("hold", reason="road_closed", until=until)
        )  # fmt: skip


async def test_amend_changes_only_what_is_named_and_back(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("amend CS-1124-0001 p1 3 trauma").expect_act("amend", incident=SENT, patients=3)
            .press("ctrl+z")
            .expect_act("amend", priority=Priority.URGENT, patients=1, needs=frozenset())
        )  # fmt: skip
    assert "chief_complaint" not in desk.did("amend")[0]
    assert desk.did("amend")[0]["needs"] == {Capability.TRAUMA}


async def test_the_form_of_an_incident_sends_what_differs(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().select("CS-1124-0001").press("e").expect_dialog(AmendDialog).expect_text("摔伤")
            .press("1").fill("patients", "nine").press("f7").expect_dialog(AmendDialog).expect_no_act()
            .fill("patients", "2").press("f7").expect_act("amend", priority=Priority.LIFE_THREATENING)
        )  # fmt: skip
    assert set(desk.did("amend")[0]) == {"incident", "priority", "patients"}


async def test_close_always_asks_and_repeats_who_is_still_on_it(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("close CS-1124-0001 放空 病人已离开").expect_dialog(CloseDialog)
            .expect_text("CS-1124-0001", "长沙火车站东广场", "CS-002", "将先召回", "不能重新打开")
            .expect_no_act().press("f7")
            .expect_act("close", ending=Ending.NOBODY_TO_CARRY, reason="patient_gone")
            .expect_no_text("Ctrl+Z")
        )  # fmt: skip


async def test_a_normal_end_needs_no_reason_but_a_refusal_does(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().select("CS-1124-0001").press("j", "4", "f7").expect_dialog(CloseDialog)
            .expect_no_act().press("1", "f7").expect_act("close", ending=Ending.COMPLETED, reason="")
        )  # fmt: skip


async def test_no_unit_free_is_counted_and_the_neighbours_are_offered_at_once(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().press("f").expect_act("none_free", incident=WAITS).expect_text("株洲", "湘潭")
            .press("f7").expect_act("ask_aid", incident=WAITS, count=1)
            .wait(0).expect_text("欲派无车 1 次")
        )  # fmt: skip


async def test_notes_and_reinforcements_go_to_the_incident_under_the_cursor(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().line("note 公安已到场").expect_act("note", incident=WAITS, text="公安已到场")
            .line("reinforce 2 伤员增加").expect_act("reinforce", incident=WAITS, count=2, text="伤员增加")
            .wait(0).expect_text("增援 2 辆")
            .units().line("note 没有事件").expect_result("F2", ok=False)
        )  # fmt: skip


async def test_while_a_reinforcement_is_wanted_f7_sends_units_and_names_no_hospital(desk: FakeDesk) -> None:
    desk.picture.incidents[WAITS] = desk.picture.incidents[WAITS].model_copy(update={"patients": 1})
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().press("f7", "enter").expect_act("unit", unit="CS-003")
            .wait(1).press("f7").expect_text("送院确认").press("escape", "escape")
            .press("y").expect_act("reinforce", incident=WAITS, count=1)
            .wait(1).press("f7").expect_text("派车确认").press("enter")
            .wait(1).press("f7").expect_text("送院确认")
        )  # fmt: skip
    assert len(desk.did("unit")) == 2


async def test_a_unit_that_was_just_taken_by_another_desk_is_not_offered_again(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.incidents().press("f7").expect_text("CS-003 → CS-1124-0003")
        fleet, taken = desk.picture.fleet, UnitId("CS-003")
        status = UnitStatus(state=UnitState.ASSIGNED, since=desk.clock.now(), incident="CS-1124-0001")
        fleet.apply_status(taken, status)
        await console.press("f7").expect_result("CS-003 已不可派", ok=False)
        await console.press("f7").expect_dialog(ChooseDialog).expect_no_text("CS-003 → CS-1124-0003")


async def test_what_a_role_may_not_do_says_so_and_asks_nothing(desk: FakeDesk) -> None:
    desk.forbidden = {
        Right.INCIDENT: "观察员不能受理和更改事件",
        Right.ORDER: "观察员不能派车",
        Right.CLOSE: "观察员不能结束事件",
        Right.UNIT_STATE: "观察员不能设置车辆状态",
    }
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("f10").expect_dialog(None).expect_result("不能受理", ok=False)
            .press("f7").expect_dialog(None).expect_result("不能派车", ok=False)
            .press("j").expect_result("不能结束", ok=False)
            .line("pause CS-003 加油").expect_result("不能设置车辆状态", ok=False)
            .line("timeline CS-1124-0001").expect_result("事件过程", ok=True)
            .expect_no_act()
        )  # fmt: skip


async def test_another_desk_at_work_on_an_incident_is_named(desk: FakeDesk) -> None:
    view = DeskView("李雷", "dispatcher", SENT, desk.clock.now(), online=True)
    desk.picture.desks[(CHANGSHA, "console-2")] = view
    async with console_app(desk).run_test(size=(240, 67)) as pilot:
        await (
            Console(pilot, desk).incidents().expect_no_text("正在处理")
            .select("CS-1124-0001").expect_text("李雷@console-2 正在处理")
        )  # fmt: skip


async def test_the_timeline_tells_who_did_what_newest_first(desk: FakeDesk) -> None:
    desk._write(SENT, "opened", place="长沙火车站东广场")
    desk._write(SENT, "unit.state", unit="CS-002", state=2, source="terminal")
    desk._write(SENT, "amend", what="priority", priority_before=3, priority=2)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await (
            console.incidents().select("CS-1124-0001").press("t").wait(0)
            .expect_text("级别 3 一般 → 2 紧急", "CS-002：2 驶向现场（车载上报）", "王芳")
        )  # fmt: skip
        shown = console.text()
        assert shown.index("更改：") < shown.index("受理：长沙火车站东广场")
        await (
            console.line("note 公安已到场").wait(0).expect_text("备注：公安已到场")
            .press("t").wait(0).expect_no_text("ZZ-1124-0002").expect_text("备注：公安已到场")
            .press("escape").wait(0).expect_no_text("备注：公安已到场").expect_text("ZZ-1124-0002")
        )  # fmt: skip


async def test_a_held_incident_says_until_when_and_one_that_woke_by_itself_stands_out(desk: FakeDesk) -> None:
    now = desk.clock.now()
    held = {"state": IncidentState.HELD, "held_until": now + timedelta(minutes=10), "reason": "road_closed"}
    desk.picture.incidents[WAITS] = desk.picture.incidents[WAITS].model_copy(update=held)

    def wakes() -> None:
        woken = {"state": IncidentState.WAITING}
        desk.picture.incidents[WAITS] = desk.picture.incidents[WAITS].model_copy(update=woken)
        desk.picture.changes.mark("incident", WAITS)

    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().select("CS-1124-0003").expect_text("挂起 02:41", "道路中断")
            .wait(600).do(wakes).wait(1).expect_text("到时待派").expect_no_text("挂起 02:41")
        )  # fmt: skip
