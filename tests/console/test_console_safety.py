"""What keeps an operator from harm: faults stay small, held keys do nothing, what is urgent is heard."""

import asyncio

import pytest
from textual.events import Key
from textual.widget import Widget

from dispatch.console.app import ConsoleApp
from dispatch.console.dialogs.choose import ChooseDialog
from dispatch.console.dialogs.state import StateDialog
from dispatch.console.screens.quarantine import REASON_WORDS
from dispatch.console.widgets.board import Board
from dispatch.console.widgets.map import MapView
from dispatch.console.widgets.matrix import StockMatrix
from dispatch.console.widgets.ranking import RankingView
from dispatch.domain.alarms import AlarmId, Severity
from dispatch.domain.geography import Datum
from dispatch.domain.incidents import Incident, IncidentId, Priority
from dispatch.domain.units import UnitId
from dispatch.feed.refusals import REASONS
from tests.console.driver import MANNERS, Console, console_app
from tests.console.fakes import ZHUZHOU, FakeDesk, fake_desk

CRASH = IncidentId("CS-1124-0003")


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


def change(desk: FakeDesk, incident: IncidentId, **facts: object) -> Incident:
    changed = desk.picture.incidents[incident].model_copy(update=facts)
    desk.picture.incidents[incident] = changed
    desk.picture.changes.mark("incident", incident)
    return changed


@pytest.mark.parametrize(
    ("key", "kind", "handler"),
    [
        ("f3", Board, "on_resize"),
        ("f5", MapView, "on_resize"),
        ("f4", StockMatrix, "on_resize"),
        ("f2", RankingView, "on_board_highlighted"),
    ],
)
async def test_a_fault_in_a_handler_of_a_widget_ends_neither_the_widget_nor_the_console(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch, key: str, kind: type[Widget], handler: str
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.press(key)
        widget = console.app.screen.query(kind).first()
        monkeypatch.setattr(kind, handler, broken)
        if kind is RankingView:
            await pilot.press("down")
        else:
            await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert any("boom" in error for _where, error in desk.faults)
        monkeypatch.undo()
        desk.faults.clear()
        assert widget.is_running
        await console.incidents().press("down").expect_text("CS-1124-0003")


@pytest.mark.parametrize("turns", [0, 2])
async def test_a_console_ends_while_a_dialog_opens(desk: FakeDesk, turns: int) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.units()
        console.app.push_screen(StateDialog(desk, [UnitId("CS-002")], None))
        for _turn in range(turns):
            await asyncio.sleep(0)
    assert desk.faults == []


async def test_under_a_dialog_only_the_function_keys_that_still_work_are_bright(desk: FakeDesk) -> None:
    def bright(app: ConsoleApp) -> set[str]:
        return {label.key for label in app.function_keys.labels() if label.able}

    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.incidents()
        assert {"F2", "F7", "F10"} <= bright(console.app)
        await console.press("f10")
        assert bright(console.app) == {"F8", "F12"}
        await console.press("escape")
        assert {"F2", "F7", "F10"} <= bright(console.app)


async def test_a_key_that_repeats_faster_than_a_hand_confirms_nothing(desk: FakeDesk) -> None:
    manners = MANNERS.model_copy(update={"confirm_guard_s": 0.05, "confirm_quiet_s": 0.15})
    async with ConsoleApp(desk, manners=manners).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await pilot.press("f7")
        await pilot.pause(0.3)  # the keyboard waits before it repeats
        for _ in range(12):  # it waits for nobody
            console.app.post_message(Key("f7", None))
            await asyncio.sleep(0.02)
        await pilot.pause(0.3)
        await console.expect_dialog(ChooseDialog).expect_no_act().press("f7")
        await pilot.pause(0.4)
        await console.expect_act("unit", unit="CS-003")


async def test_the_bell_rings_once_for_each_new_thing_that_says_act_now(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    app = console_app(desk)
    monkeypatch.setattr(app, "bell", lambda: rung.append("bell"))
    alarms, now = desk.picture.alarms, desk.clock.now()

    def city_is_lost() -> None:
        alarms.raise_(AlarmId("city:zhuzhou"), Severity.CRITICAL, "city_offline", now, {}, ZHUZHOU)

    def old_count() -> None:
        alarms.raise_(AlarmId("bank:x"), Severity.WARNING, "bank_stale", now, {}, ZHUZHOU)

    async with app.run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.wait(1).wait(1)
        assert rung == ["bell"]  # what was urgent when the console was opened
        await console.do(old_count).wait(1)
        assert rung == ["bell"]
        await console.do(city_is_lost).wait(1).wait(1)
        assert rung == ["bell", "bell"]


async def test_an_alarm_whose_cause_is_gone_says_so_and_is_not_red_any_more(desk: FakeDesk) -> None:
    alarms, lost = desk.picture.alarms, AlarmId("city:xiangtan")
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .expect_text("立即处置 02:13 湘潭离线")
            .do(lambda: alarms.cause_gone(lost)).wait(1)
            .expect_no_text("立即处置 02:13 湘潭离线")
            .do(lambda: acknowledge_the_rest(desk, lost)).wait(1).expect_text("已消失未确认 02:13 湘潭离线")
        )  # fmt: skip


def acknowledge_the_rest(desk: FakeDesk, but: AlarmId) -> None:
    for alarm in desk.picture.alarms.listed():
        if alarm.id != but:
            desk.picture.alarms.acknowledge(alarm.id)


async def test_a_console_set_to_be_silent_is_silent(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    app = ConsoleApp(desk, manners=MANNERS.model_copy(update={"bell": False}))
    monkeypatch.setattr(app, "bell", lambda: pytest.fail("it rang"))
    async with app.run_test(size=(80, 24)) as pilot:
        await Console(pilot, desk).wait(1)


async def test_every_screen_counts_the_incidents_of_this_city_that_nobody_was_sent_to(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(160, 48)) as pilot:
        await (
            Console(pilot, desk)
            .blood().expect_text("! 待派 1")
            .do(lambda: change(desk, CRASH, units=("CS-003",))).wait(1).expect_no_text("待派 1")
        )  # fmt: skip


async def test_a_list_nobody_chooses_from_offers_whoever_is_rank_one_now(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .press("enter", "down", "escape").wait(1)
            .press("f7").expect_text("CS-003 → CS-1124-0003", "第 1 位")
        )  # fmt: skip


async def test_a_waiting_incident_never_comes_in_above_what_can_be_seen(desk: FakeDesk) -> None:
    first = desk.picture.incidents[CRASH]

    def more(numbers: range, **facts: object) -> None:
        for number in numbers:
            key = IncidentId(f"CS-1124-{number:04d}")
            desk.picture.incidents[key] = first.model_copy(update={"id": key, **facts})
            desk.picture.changes.mark("incident", key)

    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.do(lambda: more(range(10, 30), units=("CS-001",))).wait(1)
        board = console.app.screen.query_one("#incidents", Board)
        await console.press("end", "home", *["down"] * 3)
        board.scroll_to(y=2, animate=False)
        await console.do(lambda: more(range(40, 41))).wait(1)
        assert board.visible_keys[0] == CRASH
        assert board.selected in board.visible_keys


async def test_until_somebody_touches_a_key_the_cursor_stands_on_the_most_urgent(desk: FakeDesk) -> None:
    def come(number: int, priority: Priority) -> IncidentId:
        key = IncidentId(f"CS-1124-{number:04d}")
        facts = {"id": key, "priority": priority, "units": ()}
        desk.picture.incidents[key] = desk.picture.incidents[CRASH].model_copy(update=facts)
        desk.picture.changes.mark("incident", key)
        return key

    desk.picture.incidents = {CRASH: desk.picture.incidents[CRASH]}
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        change(desk, CRASH, priority=Priority.ROUTINE, units=(UnitId("CS-001"),))
        await console.wait(0.5).expect(lambda: console.app.selected("incident") == CRASH, "the only one")
        urgent = come(50, Priority.URGENT)
        await console.wait(0.5).expect(lambda: console.app.selected("incident") == urgent, "the urgent one")
        come(51, Priority.LIFE_THREATENING)
        await console.press("down", "up").wait(0.5)
        chosen = console.app.selected("incident")
        come(52, Priority.LIFE_THREATENING)
        await console.wait(0.5).expect(lambda: console.app.selected("incident") == chosen, "what was chosen")


async def test_f7_goes_on_sending_units_while_there_are_fewer_than_patients(desk: FakeDesk) -> None:
    change(desk, CRASH, patients=3)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .select(CRASH).press("f7", "enter").select(CRASH).wait(1)
            .expect_text("F7 派车").press("f7").expect_text("派车确认", "CS-021 → CS-1124-0003")
            .press("escape", "escape").select(CRASH).press("h").expect_text("F7 送院")
        )  # fmt: skip


async def test_signs_of_the_ascii_set_are_ascii_in_questions_and_help_too(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 120)) as pilot:
        try:
            await (
                Console(pilot, desk)
                .line("symbols ascii").press("f7")
                .expect_text("CS-003 -> CS-1124-0003").expect_no_text("→", "━")
                .press("escape", "f1").expect_text("Up Down PgUp").expect_no_text("↑")
            )  # fmt: skip
        finally:
            await Console(pilot, desk).press("escape").line("symbols braille")


async def test_coordinates_say_their_district_and_a_foreign_datum(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .press("f10").fill("place", "112.98112，28.19384")
            .press("tab", "2", "f7").expect_act("open", datum=Datum.GCJ02).expect_result("GCJ-02", ok=True)
            .expect_text("区 28.19384, 112.98112 GCJ-02")
        )  # fmt: skip


async def test_the_question_says_which_groups_a_bank_would_send_and_why(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .line("blood 悬浮红细胞 O+ 6 湘雅二医院 40min").press("f7").expect_text("实发 O+ 6 U")
            .press("escape", "escape").line("blood 悬浮红细胞 ? 4 湘雅二医院 40min").press("f7")
            .expect_text("血型不明", "实发 O")
        )  # fmt: skip


async def test_escape_leaves_the_quarantine_for_the_alarms(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await Console(pilot, desk).alarms().press("q", "escape").expect_screen("alarms")


def test_every_reason_to_refuse_a_message_has_words_for_its_count() -> None:
    assert set(REASONS) <= set(REASON_WORDS)


async def test_the_help_says_in_full_whose_map_it_is(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 160)) as pilot:
        await Console(pilot, desk).press("f1").expect_text("GS（2024）0650号", "1:10m")
