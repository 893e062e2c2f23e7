"""Alarms on the screen: nothing unseen scrolls away; put aside, seen by another desk, escalated, heard."""

from datetime import timedelta

import pytest

from dispatch.console.alarm_groups import heading
from dispatch.console.dialogs.choose import YesNoDialog
from dispatch.console.dialogs.shelve import ShelveDialog
from dispatch.console.present_cells import Row
from dispatch.console.screens.alarms import AlarmsScreen
from dispatch.console.widgets.board import Board
from dispatch.domain.alarms import AlarmId, Severity
from dispatch.domain.operators import Right
from tests.console.driver import Console, console_app
from tests.console.fakes import START, ZHUZHOU, FakeDesk, fake_desk
from tests.console.neighbours import (
    ASKED,
    an_hour_of_alarms,
    many_alarms,
    other_desks,
    raise_shared,
    zhuzhou_asks,
)


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


def board(console: Console) -> Board:
    return console.app.screen.query_one("#alarms", Board)


async def test_a_thousand_alarms_leave_the_critical_ones_on_top_and_are_counted(desk: FakeDesk) -> None:
    many_alarms(desk, 1000)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.alarms().expect_text("立即处置 4", "警告 200", "提示 798")
        top = board(console).visible_keys[:5]
        assert top == ["=critical", "city:xiangtan", "changsha/a0500", "changsha/a0501", "changsha/a0502"]


async def test_only_lines_in_view_are_made_of_a_thousand_alarms(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_alarms(desk, 1000)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.alarms()
        screen = console.app.screen
        assert isinstance(screen, AlarmsScreen)
        made: list[str] = []
        make = screen._row

        def counted(key: str) -> Row | None:
            made.append(key)
            return make(key)

        monkeypatch.setattr(screen, "_row", counted)
        await console.wait(1)
        assert 0 < len(made) < 60


async def test_a_new_critical_alarm_comes_to_the_top_and_the_cursor_stays_on_its_alarm(
    desk: FakeDesk,
) -> None:
    many_alarms(desk, 200, critical=0)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.alarms().press("down", "down")
        under = board(console).selected
        raise_shared(desk, "new", Severity.CRITICAL, minutes=0)
        await console.wait(1)
        assert board(console).visible_keys[2] == "changsha/new"
        assert board(console).selected == under


async def test_f8_goes_down_the_list_from_the_worst(desk: FakeDesk) -> None:
    an_hour_of_alarms(desk)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await Console(pilot, desk).alarms().press("f8", "f8", "f8")
    acknowledged = [fact["alarm"] for fact in desk.did("ack")]
    assert acknowledged == ["changsha/escalated", "city:xiangtan", "changsha/worked"]


async def test_f8_in_the_middle_of_the_list_keeps_its_place_on_the_next(desk: FakeDesk) -> None:
    many_alarms(desk, 40, critical=0)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.alarms().press(*["down"] * 12)
        before = board(console).keys
        at = before.index(str(board(console).selected))
        await console.press("f8")
        assert board(console).selected == before[at + 1]
        await console.press("f8").wait(1)
        assert board(console).selected == before[at + 2]
    assert [fact["alarm"] for fact in desk.did("ack")] == before[at : at + 2]


async def test_f8_on_the_last_of_the_list_goes_to_the_nearest_above(desk: FakeDesk) -> None:
    desk.picture.alarms.by_id.clear()
    many_alarms(desk, 5, critical=0)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.alarms().press(*["down"] * 8)
        unseen = [key for key in board(console).keys if key in desk.picture.alarms.by_id]
        await console.select(unseen[-1]).press("f8")
        assert board(console).selected == unseen[-2]


async def test_who_has_seen_it_and_who_is_on_it_stand_beside_an_alarm(desk: FakeDesk) -> None:
    an_hour_of_alarms(desk)
    other_desks(desk)
    async with console_app(desk).run_test(size=(240, 67)) as pilot:
        await (
            Console(pilot, desk)
            .alarms().expect_text("!! ", "已升级", "chen 处理中", "chen 已确认", "各席", "本席")
            .select("changsha/worked").expect_text("chen@console-2 处理中")
        )  # fmt: skip


async def test_a_shelved_alarm_is_neither_in_the_alarm_line_nor_heard_but_counted(desk: FakeDesk) -> None:
    desk.picture.alarms.by_id.clear()
    raise_shared(desk, "worst", Severity.CRITICAL, shelved_until=START + timedelta(minutes=18))
    rung: list[float] = []
    app = console_app(desk)
    app.bell = lambda: rung.append(1.0)  # type: ignore[method-assign]
    for incident in list(desk.picture.incidents.values()):
        desk.picture.incidents[incident.id] = incident.model_copy(update={"units": ("CS-002",)})
    async with app.run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .alarms().wait(1).expect_text("无未确认告警", "搁置 1", "回车展开")
            .press("enter").expect_text("搁置中，剩 17")
            .wait(18 * 60).expect_no_text("搁置中").expect_text("立即处置 1")
        )  # fmt: skip
        assert rung == [1.0]


async def test_shelving_asks_for_minutes_and_a_reason(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .alarms().select("bank_stale:ZZ-B-CENTRE").press("z").expect_dialog(ShelveDialog)
            .press("f7").expect_text("请说明原因").expect_no_act()
            .press("4", "tab", "2", "f7")
            .expect_act("shelve", alarm="bank_stale:ZZ-B-CENTRE", minutes=60, reason="being_repaired")
            .expect_text("搁置 1")
        )  # fmt: skip


async def test_shelving_by_line_and_back(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .alarms().line("shelve bank_stale:ZZ-B-CENTRE 30min 等待维修")
            .expect_act("shelve", minutes=30, reason="being_repaired")
            .line("unshelve bank_stale:ZZ-B-CENTRE").expect_act("unshelve", alarm="bank_stale:ZZ-B-CENTRE")
            .expect_text("警告 1")
        )  # fmt: skip


async def test_who_may_not_shelve_is_told_so(desk: FakeDesk) -> None:
    desk.forbidden[Right.SHELVE] = "调度员不能搁置告警"
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .alarms().press("z").expect_dialog(None).expect_result("调度员不能搁置告警", ok=False)
        )  # fmt: skip


async def test_all_advisory_alarms_are_acknowledged_after_a_question_that_counts_them(desk: FakeDesk) -> None:
    many_alarms(desk, 60)
    raise_shared(desk, "aside", Severity.ADVISORY, shelved_until=START + timedelta(minutes=5))
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("ackall").expect_dialog(YesNoDialog).expect_text("将确认 46 条提示类告警", "另有 43 项")
            .press("enter").expect_result("已确认 46 条", ok=True)
        )  # fmt: skip
    known = desk.picture.alarms.by_id
    assert {known[AlarmId(str(fact["alarm"]))].severity for fact in desk.did("ack")} == {Severity.ADVISORY}
    assert len(desk.did("ack")) == 46


@pytest.mark.parametrize(
    ("subject", "screen"),
    [("CS-1124-0001", "incidents"), ("CS-012", "units"), (ASKED, "aids"), ("ZZ-B-CENTRE", "map")],
)
async def test_enter_goes_to_what_an_alarm_is_about(desk: FakeDesk, subject: str, screen: str) -> None:
    zhuzhou_asks(desk)
    raise_shared(desk, "one", Severity.CRITICAL, subject=subject)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await Console(pilot, desk).alarms().select("changsha/one").press("enter").expect_screen(screen)


async def test_enter_on_an_alarm_about_nothing_says_so(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .alarms().select("city:xiangtan").press("enter").expect_screen("alarms")
            .expect_result("没有可显示的对象", ok=False)
        )  # fmt: skip


async def test_a_group_folds_and_unfolds_and_still_counts(desk: FakeDesk) -> None:
    many_alarms(desk, 50)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.alarms().select("=advisory").press("enter").expect_text("提示 38")
        assert board(console).keys[-1] == "=advisory"
        await console.press("space")
        assert heading(board(console).keys[-1]) is None


async def test_twenty_alarms_at_once_ring_once_and_say_how_many(desk: FakeDesk) -> None:
    desk.picture.alarms.by_id.clear()
    rung: list[float] = []
    app = console_app(desk)
    app.bell = lambda: rung.append(1.0)  # type: ignore[method-assign]
    async with app.run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.wait(3)
        rung.clear()
        for number in range(20):
            raise_shared(desk, f"c{number}", Severity.CRITICAL, number=number, minutes=0)
        for _frame in range(8):
            await console.wait(0.25)
        assert len(rung) == 1
        await console.expect_text("+19 F8")


async def test_an_alarm_that_escalates_rings_again(desk: FakeDesk) -> None:
    desk.picture.alarms.by_id.clear()
    rung: list[float] = []
    app = console_app(desk)
    app.bell = lambda: rung.append(1.0)  # type: ignore[method-assign]
    async with app.run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        raise_shared(desk, "one", Severity.CRITICAL)
        await console.wait(3)
        rung.clear()
        await console.wait(5)
        assert rung == []
        raise_shared(desk, "one", Severity.CRITICAL, escalated=True)
        await console.wait(0.25).wait(0.25).wait(0.25)
        assert len(rung) == 2
        await console.expect_text("已升级")


async def test_the_alarms_of_another_city_are_folded_away_ring_nowhere_and_are_not_acknowledged(
    desk: FakeDesk,
) -> None:
    theirs = raise_shared(desk, "theirs", Severity.CRITICAL, number=987)
    del desk.picture.alarms.by_id[theirs.id]
    desk.picture.neighbours_alarms.put(theirs.model_copy(update={"city": ZHUZHOU}))
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.alarms().expect_text("他市 1", "他市告警，由他市处理").expect_no_text("987")
        await console.select("=neighbours").press("enter").select(theirs.id).press("f8")
        await console.expect_result("株洲", ok=False).expect_no_act()
        await console.incidents().press("f8").expect_act("ack")
    assert desk.did("ack")[0]["alarm"] != theirs.id
