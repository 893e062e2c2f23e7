"""Lending between cities as a shift plays it: asked, claimed, answered, handed over, by telephone."""

from datetime import timedelta

import pytest

from dispatch.console.dialogs.answer import AnswerDialog
from dispatch.console.dialogs.ask import AskDialog
from dispatch.console.dialogs.choose import YesNoDialog
from dispatch.console.dialogs.lending import HandOverIncidentDialog, TelephoneDialog
from dispatch.domain.aid import AidAct, AidId, AidKind, AidState
from dispatch.domain.alarms import Severity
from dispatch.domain.geography import Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.operators import Right
from dispatch.domain.units import Capability, UnitId, UnitState
from tests.console.driver import Console, console_app
from tests.console.fakes import START, XIANGTAN, ZHUZHOU, FakeDesk, fake_desk
from tests.console.neighbours import (
    ASKED,
    a_day_of_lending,
    raise_shared,
    see_xiangtan,
    we_asked,
    zhuzhou_asks,
)


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


def acts(desk: FakeDesk) -> list[object]:
    return [fact["act"] for fact in desk.did("answer_aid")]


@pytest.mark.parametrize("key", ["f2", "f3", "f4", "f5", "f6", "f1"])
async def test_a_request_for_help_stands_above_every_screen(desk: FakeDesk, key: str) -> None:
    zhuzhou_asks(desk)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press(key)
            .wait(0)
            .expect_text("株洲求援 2 辆", "2 紧急", "已等 42秒", "剩 1分18秒", "Ctrl+A 答复")
            .expect_text("长沙空闲 8，借后留 6", "附近无空闲车：岳麓站")
        )


async def test_no_row_is_lost_while_nobody_asks(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.wait(0)
        before = console.text().splitlines()[2]
        await console.do(lambda: zhuzhou_asks(desk)).wait(0).expect_text("株洲求援")
        assert console.text().splitlines()[4] == before
        desk.picture.aids.clear()
        await console.wait(0).expect_no_text("株洲求援")
        assert console.text().splitlines()[2] == before


async def test_one_key_answers_and_lends_what_was_marked(desk: FakeDesk) -> None:
    zhuzhou_asks(desk, priority=Priority.LIFE_THREATENING, wanted=(UnitId("CS-021"),))
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("ctrl+a").expect_dialog(AnswerDialog)
            .expect_text("出借 CS-021", "（2／2 辆）", "借后留 6", "对方点名")
            .press("f7").expect_dialog(None)
            .expect_act("answer_aid", act=AidAct.COMMIT)
        )  # fmt: skip
    lent = desk.did("answer_aid")[-1]["units"]
    assert isinstance(lent, tuple)
    assert lent[0] == "CS-021"
    assert len(lent) == 2


async def test_the_answers_show_their_digits_only_where_these_choose_an_answer(desk: FakeDesk) -> None:
    zhuzhou_asks(desk)
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .press("ctrl+a").expect_dialog(AnswerDialog).expect_text("婉拒").expect_no_text("3 婉拒")
            .press("shift+tab").expect_text("1 出借车辆", "3 婉拒")
            .press("3").expect_text("1-9 选原因", "F7 婉拒")
        )  # fmt: skip


async def test_the_key_of_the_banner_names_a_unit_after_a_yes_that_named_none(desk: FakeDesk) -> None:
    zhuzhou_asks(desk, state=AidState.ACCEPTED, priority=Priority.LIFE_THREATENING, count=1)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .wait(0).expect_text("待我方定车", "Ctrl+A 答复")
            .press("ctrl+a").expect_dialog(AnswerDialog).expect_text("出借 CS-021")
            .press("f7").expect_act("answer_aid", act=AidAct.COMMIT, units=("CS-021",))
        )  # fmt: skip


async def test_a_unit_that_was_asked_for_is_not_asked_about_again(desk: FakeDesk) -> None:
    see_xiangtan(desk)
    we_asked(desk, wanted=(UnitId("XT-001"),))
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("send XT-001 to CS-1124-0003").expect_dialog(None)
            .expect_result("请等待答复", ok=False).expect_no_act()
        )  # fmt: skip


async def test_a_unit_of_a_city_that_cannot_be_reached_is_refused_before_the_question(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("send XT-001 to CS-1124-0003").expect_dialog(None)
            .expect_result("湘潭联系不上：请电话安排 XT-001", ok=False).expect_no_act()
        )  # fmt: skip


async def test_nobody_is_marked_beyond_the_reserve(desk: FakeDesk) -> None:
    zhuzhou_asks(desk)  # urgent: of 24 units 8 stay, and 8 are free
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("ctrl+a").expect_text("尚未勾选车辆", "任何出借都会低于底线")
            .press("f7").expect_dialog(AnswerDialog).expect_text("请勾选出借车辆")
            .press("1").expect_text("出借 CS-011（1／2 辆）", "借后留 7／共 24（底线 8）")
            .press("f7").expect_act("answer_aid", act=AidAct.COMMIT, units=("CS-011",))
        )  # fmt: skip


async def test_what_is_kept_follows_every_mark(desk: FakeDesk) -> None:
    zhuzhou_asks(desk, priority=Priority.LIFE_THREATENING, count=4, wanted=())
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .press("ctrl+a").expect_text("（4／4 辆）", "借后留 4")
            .press("1").expect_text("（3／4 辆）", "借后留 5")
            .press("space").expect_text("（4／4 辆）", "借后留 4")
            .press("8").press("f7").expect_text("对方只要 4 辆").expect_dialog(AnswerDialog)
        )  # fmt: skip


async def test_a_station_that_the_loan_would_strip_is_named_before_the_yes(desk: FakeDesk) -> None:
    zhuzhou_asks(desk, priority=Priority.LIFE_THREATENING, count=9, wanted=())
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.press("ctrl+a")
        marked = console.app.screen
        assert isinstance(marked, AnswerDialog)
        for number in range(1, 9):
            if UnitId(marked.candidates[number - 1].unit) not in marked.marked:
                await console.press(str(number))
        await console.expect_text("借后留 0", "将无空闲车：芙蓉站", "附近无空闲车：岳麓站")


async def test_the_other_desks_see_who_is_answering_and_a_left_answer_is_given_free(desk: FakeDesk) -> None:
    zhuzhou_asks(desk)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.press("ctrl+a").expect_act("answer_aid", act=AidAct.CLAIM)
        assert desk.picture.aids[ASKED].claimed_by == "王芳@console-1"
        await console.press("escape").expect_dialog(None).expect_result("未答复", ok=False)
        assert acts(desk) == [AidAct.CLAIM, AidAct.UNCLAIM]


async def test_what_another_desk_answers_is_quiet_and_is_taken_over_only_after_a_question(
    desk: FakeDesk,
) -> None:
    zhuzhou_asks(desk, claimed_by="chen@console-2")
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .wait(0).expect_text("chen@console-2 正在答复")
            .press("ctrl+a").expect_dialog(YesNoDialog).expect_text("是否接过该席位的答复")
            .press("escape").expect_dialog(None).expect_no_act()
            .press("ctrl+a", "enter").expect_dialog(AnswerDialog)
        )  # fmt: skip
    assert acts(desk)[:2] == [AidAct.UNCLAIM, AidAct.CLAIM]


async def test_an_answer_of_another_desk_is_told_in_the_open_dialog(desk: FakeDesk) -> None:
    zhuzhou_asks(desk)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("ctrl+a")
            .do(lambda: zhuzhou_asks(desk, state=AidState.DECLINED, reason="too_far"))
            .wait(1).expect_text("该求援已了结：已婉拒")
            .press("f7").expect_dialog(AnswerDialog)
        )  # fmt: skip
    assert AidAct.COMMIT not in acts(desk)


async def test_a_unit_that_was_sent_meanwhile_is_not_lent(desk: FakeDesk) -> None:
    zhuzhou_asks(desk, priority=Priority.LIFE_THREATENING, wanted=(UnitId("CS-021"),))

    def sent() -> None:
        status = desk.picture.fleet.view(UnitId("CS-021")).status
        assert status is not None
        busy = status.model_copy(update={"state": UnitState.ASSIGNED, "since": START})
        desk.picture.fleet.apply_status(UnitId("CS-021"), busy)

    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("ctrl+a").do(sent).wait(1)
            .press("f7").expect_dialog(AnswerDialog).expect_text("已不空闲：CS-021")
        )  # fmt: skip
    assert AidAct.COMMIT not in acts(desk)


async def test_declining_wants_a_reason_and_sends_its_code(desk: FakeDesk) -> None:
    zhuzhou_asks(desk)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("ctrl+a", "shift+tab", "3").expect_text("须保留本市应急力量")
            .press("f7").expect_text("请说明原因").expect_dialog(AnswerDialog)
            .press("tab", "2", "f7").expect_dialog(None)
            .expect_act("answer_aid", act=AidAct.DECLINE, reason="reserve_kept")
        )  # fmt: skip


@pytest.mark.parametrize("words", ["暂无可派车辆", "1", "No unit is free"])
async def test_declining_by_line_takes_the_words_or_the_digit_of_a_reason(desk: FakeDesk, words: str) -> None:
    zhuzhou_asks(desk)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line(f"decline ZZ-1124-0002 {words}")
            .expect_act("answer_aid", act=AidAct.DECLINE, reason="no_unit_free")
        )


async def test_lend_takes_the_request_by_its_incident_and_the_units(desk: FakeDesk) -> None:
    zhuzhou_asks(desk)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("lend ZZ-1124-0002 CS-003 CS-011").expect_text("出借 CS-003 CS-011（2／2 辆）", "借后留 6")
            .press("f7").expect_act("answer_aid", act=AidAct.COMMIT, units=("CS-003", "CS-011"))
        )  # fmt: skip


async def test_lend_offers_own_units_only_and_completes_them(desk: FakeDesk) -> None:
    zhuzhou_asks(desk)
    app = console_app(desk)
    async with app.run_test(size=(80, 24)):
        offered = [s.text for s in app.registry.complete("lend ZZ-1124-0002 ", desk)]
    assert offered
    assert all(unit.startswith("CS-") for unit in offered)


async def test_taking_an_incident_over_is_asked_about_with_its_nouns(desk: FakeDesk) -> None:
    zhuzhou_asks(desk, kind=AidKind.INCIDENT, wanted=())
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("accept ZZ-1124-0002").expect_dialog(YesNoDialog)
            .expect_text("株洲请长沙接收事件", "株洲站", "由本市负责")
            .press("enter").expect_act("answer_aid", act=AidAct.ACCEPT)
        )  # fmt: skip


async def test_lend_says_that_no_unit_is_asked_for_where_an_incident_is_handed_over(desk: FakeDesk) -> None:
    zhuzhou_asks(desk, kind=AidKind.INCIDENT, wanted=())
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await Console(pilot, desk).line("lend ZZ-1124-0002").expect_result("对方未要车", ok=False)


async def test_asking_shows_what_the_neighbour_keeps_before_it_is_asked(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("ask 株洲 2 监护型 for CS-1124-0003").expect_dialog(AskDialog)
            .expect_text("CS-1124-0003", "五一广场", "株洲空闲 4，借后留 2")
            .expect_no_act()
            .press("f7")
            .expect_act("ask_aid", incident="CS-1124-0003", lender=ZHUZHOU, count=2)
        )  # fmt: skip
    assert desk.did("ask_aid")[0]["needs"] == {Capability.ADVANCED}


async def test_asking_a_city_that_is_offline_says_to_call_it(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("ask 湘潭 1 for CS-1124-0003").expect_text("离线 自 02:13", "请电话联系")
            .expect_no_text("湘潭空闲")
        )  # fmt: skip


async def test_only_our_own_incidents_can_ask_for_help(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await Console(pilot, desk).line("ask 湘潭 1 for ZZ-1124-0002").expect_result("不属本市", ok=False)


async def test_our_own_request_is_followed_until_it_is_answered(desk: FakeDesk) -> None:
    we_asked(desk)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.wait(0).expect_text("已向湘潭求援 2 辆", "CS-1124-0003", "对方未答复", "剩 1分40秒")
        desk.clock.advance(100)
        we_asked(desk, state=AidState.DECLINED, reason="reserve_kept", changed_at=desk.clock.now())
        await console.wait(0).expect_text("已婉拒", "须保留本市应急力量")
        await console.wait(121).expect_no_text("已婉拒")


async def test_the_list_puts_what_we_must_answer_first_and_what_is_over_last(desk: FakeDesk) -> None:
    a_day_of_lending(desk)
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await (
            console.line("aids").expect_screen("aids").expect_text("待答复 2", "求援中 1", "借入 1", "借出 1")
        )
        lines = [line for line in console.text().splitlines() if "收 " in line or "发 " in line]
        found = [line.split()[0] for line in lines]
        assert [w for w in found if w != "▴"][-1] == "已婉拒"
        assert "待我方答复" in lines[0]
        await console.press("enter").expect_dialog(AnswerDialog)


async def test_a_request_of_ours_is_taken_back_after_a_question(desk: FakeDesk) -> None:
    we_asked(desk)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("cancelaid CS-1124-0003").expect_dialog(YesNoDialog).expect_text("长沙向湘潭求援 2 辆")
            .press("enter").expect_act("answer_aid", act=AidAct.CANCEL)
        )  # fmt: skip


async def test_two_requests_for_one_incident_are_called_by_their_cities(desk: FakeDesk) -> None:
    we_asked(desk)
    we_asked(desk, ZHUZHOU)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("cancelaid").expect_result("CS-1124-0003@XT", ok=False)
            .line("cancelaid CS-1124-0003@ZZ").press("enter")
            .expect_act("answer_aid", aid="019a-changsha-asks-zhuzhou", act=AidAct.CANCEL)
        )  # fmt: skip


async def test_lent_units_are_given_back_after_a_question(desk: FakeDesk) -> None:
    zhuzhou_asks(desk, state=AidState.COMMITTED, units=(UnitId("CS-005"),))
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("release").expect_dialog(YesNoDialog).expect_text("CS-005")
            .press("enter").expect_act("answer_aid", act=AidAct.RELEASE)
        )  # fmt: skip


async def test_handing_an_incident_over_repeats_the_nouns_and_wants_a_reason(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("handto 湘潭 CS-1124-0003").expect_dialog(HandOverIncidentDialog)
            .expect_text("CS-1124-0003 → 湘潭", "五一广场", "湘潭同意之前，仍由长沙负责")
            .press("enter").expect_text("请说明原因").expect_no_act()
            .press("1", "enter").expect_act("hand_over", incident="CS-1124-0003", to=XIANGTAN)
        )  # fmt: skip


async def test_a_unit_of_a_silent_city_is_arranged_by_telephone_with_who_said_yes(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("telephone XT-001 for CS-1124-0003").expect_dialog(TelephoneDialog)
            .expect_text("XT-001 → CS-1124-0003", "所属：湘潭 离线 自 02:13", "应急登记", "冲突")
            .press("f7").expect_text("请说明原因")
            .press("tab", "1", "f7").expect_text("请写明是谁同意的").expect_no_act()
            .fill("spoke", "湘潭值班长 刘洋").press("f7")
            .expect_act("telephone", unit="XT-001", reason="link_down", spoke_to="湘潭值班长 刘洋")
        )  # fmt: skip


async def test_a_digit_picks_the_reason_and_leaves_the_name_that_was_typed_already(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("telephone XT-001 for CS-1124-0003 湘潭值班长刘洋").expect_dialog(TelephoneDialog)
            .press("1", "f7")
            .expect_act("telephone", unit="XT-001", reason="link_down", spoke_to="湘潭值班长刘洋")
        )  # fmt: skip


async def test_who_is_arranged_by_telephone_is_seen_and_told_apart(desk: FakeDesk) -> None:
    crash = IncidentId("CS-1124-0003")
    arranged = desk.picture.incidents[crash].model_copy(update={"telephoned": (UnitId("XT-001"),)})
    desk.picture.incidents[crash] = arranged
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().select(crash).wait(0).expect_text("电话调派 XT-001").expect_no_text("! 待派")
            .line("recall XT-001").expect_dialog(None)
            .expect_result("请先电话通知其所属城市，再唤醒 CS-1124-0003", ok=False)
            .line(f"close {crash}").expect_text("XT-001 系电话调派：请电话通知其所属城市").press("escape")
            .line("telephone XT-001 for CS-1124-0001").expect_text("该车已电话调派至 CS-1124-0003")
        )  # fmt: skip


async def test_a_unit_of_a_city_that_can_be_reached_is_not_arranged_by_telephone(desk: FakeDesk) -> None:
    see_xiangtan(desk)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("telephone XT-001 for CS-1124-0003").expect_dialog(None)
            .expect_result("湘潭联络正常", ok=False)
        )  # fmt: skip


async def test_a_conflict_stands_above_every_screen_until_it_is_acknowledged(desk: FakeDesk) -> None:
    facts = {"unit": "XT-003", "incident": "CS-1124-0003", "other": "XT-1124-0004"}
    alarm = raise_shared(desk, "conflict", Severity.CRITICAL, code="conflict", facts=facts)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .units().wait(0).expect_text("冲突：XT-003", "F6 查看")
            .line(f"ack {alarm.id}").wait(0).expect_no_text("F6 查看")
        )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("answer", Right.AID_ANSWER),
        ("lend ZZ-1124-0002 CS-003", Right.AID_ANSWER),
        ("decline ZZ-1124-0002 1", Right.AID_ANSWER),
        ("ask 湘潭 1 for CS-1124-0003", Right.AID_ASK),
        ("handto 湘潭 CS-1124-0003", Right.AID_ASK),
        ("telephone XT-001 for CS-1124-0003", Right.ORDER),
    ],
)
async def test_who_may_not_lend_or_ask_is_told_so(desk: FakeDesk, line: str, right: Right) -> None:
    zhuzhou_asks(desk)
    desk.forbidden[right] = "观察员不能这样做"
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk).line(line).expect_result("观察员不能", ok=False).expect_dialog(None)
            .expect_no_act()
        )  # fmt: skip


async def test_a_hostile_request_is_shown_and_obeyed_in_nothing(desk: FakeDesk) -> None:
    evil = "\x1b[2J[@click=app.quit]x[/]\u202e" + "长" * 300
    zhuzhou_asks(
        desk,
        id=AidId("evil"),
        place=evil,
        operator=evil,
        chief_complaint=evil,
        reason=evil,
        claimed_by=evil,
        incident=IncidentId("ZZ-1124-9999"),
        position=Position(lat=0, lon=0),
        asked_at=START + timedelta(days=400),
        answer_by=START - timedelta(days=400),
    )
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.line("aids").wait(0).press("ctrl+a", "enter").wait(1).expect_dialog(AnswerDialog)
        assert "\x1b" not in console.text()
        assert "\u202e" not in console.text()
