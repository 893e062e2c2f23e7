"""Every screen is reached by its key, shows what it should, and goes on when something fails."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from textual.color import Color
from textual.css.parse import parse
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

from dispatch.console.app import ConsoleApp
from dispatch.console.dialogs.choose import ChooseDialog, YesNoDialog
from dispatch.console.screens.base import ConsoleScreen
from dispatch.console.widgets.board import Board
from dispatch.console.widgets.statusbar import KeyBar
from dispatch.decide.ambulances import UnitRanking
from dispatch.domain.units import UnitId, UnitState, UnitStatus
from dispatch.picture.cities import Sight
from tests.console.driver import MANNERS, Console, console_app
from tests.console.fakes import XIANGTAN, ZHUZHOU, FakeDesk, fake_desk


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


async def test_each_function_key_shows_its_screen(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .units().expect_text("CS-001", "站内待命", "可派 17 辆")
            .blood().expect_text("悬浮红细胞", "长沙血液中心")
            .map().expect_text("湘江", "株洲")
            .alarms().expect_text("湘潭离线")
            .press("q").expect_screen("quarantine").expect_text("坐标系不明", "隔离 3 条")
            .press("f1").expect_screen("help").expect_text("F2", "事件与车辆")
            .press("escape").expect_screen("quarantine")
            .incidents().expect_text("五一广场", "CS-003", "湘雅二医院")
        )  # fmt: skip


async def test_styles_are_worked_out_again_only_when_something_outside_changed(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = console_app(desk)
    async with app.run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).units().incidents().units().incidents()
        whole: list[str] = []
        update = app.stylesheet.update_nodes

        def counted(nodes: Iterable[DOMNode], animate: bool = False) -> None:
            known = list(nodes)
            whole.extend(node.NAME for node in known if isinstance(node, ConsoleScreen))
            update(known, animate)

        monkeypatch.setattr(app.stylesheet, "update_nodes", counted)
        rounds = []
        for _ in range(3):  # what was due from before may still fall into the first ones on a busy machine
            whole.clear()
            await Console(pilot, desk).units().incidents().units()
            rounds.append(list(whole))
        assert [] in rounds
        app.add_class("-tried")  # a class that the console itself never takes away
        await Console(pilot, desk).incidents().expect(lambda: "incidents" in whole, "worked out anew")


async def test_a_screen_comes_back_in_the_theme_that_was_chosen_meanwhile(desk: FakeDesk) -> None:
    app = console_app(desk)
    async with app.run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.units().incidents()
        app.styling.use_theme("day")
        await console.wait(0).units()
        expected = app.get_css_variables()["background"]
        assert app.screen.styles.background == Color.parse(expected)


async def test_what_is_ranked_after_the_screen_is_back_is_ranked_before_it_is_acted_on(
    desk: FakeDesk,
) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).incidents().units()
        app = Console(pilot, desk).app
        await app.goto("incidents")
        app.submit("choose")  # in the same breath
        await Console(pilot, desk).expect_dialog(ChooseDialog).expect_text("CS-003 → CS-1124-0003")


async def test_a_drill_says_so_on_every_screen_and_dialog(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        for key in ("f1", "f2", "f3", "f4", "f5", "f6", "f10", "escape", "f2", "f7"):
            await console.press(key).expect_text("演练")


async def test_without_a_drill_nothing_says_drill() -> None:
    desk = fake_desk(drill=False)
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).incidents().expect_no_text("演练")


async def test_rank_one_is_sent_with_two_keys(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("f7")
            .expect_dialog(ChooseDialog).expect_text("CS-003 → CS-1124-0003", "长沙 五一广场")
            .press("enter")
            .expect_act("unit", unit="CS-003", incident="CS-1124-0003", rank=1, why=None)
            .expect_result("CS-003", ok=True)
        )  # fmt: skip


async def test_a_choice_that_is_not_rank_one_needs_a_reason(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .press("enter", "down", "f7").expect_text("请说明原因")
            .press("enter").expect_no_act().expect_text("必须填写原因")
            .press("4", "enter")
            .expect_act("unit", unit="CS-021", rank=2, why="首选车辆电台确认无法出动")
        )  # fmt: skip


async def test_a_reason_may_be_typed(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .press("enter", "down", "f7").fill("reason", "家属在该车").press("f7")
            .expect_act("unit", unit="CS-021", why="家属在该车")
        )  # fmt: skip


async def test_the_ranking_stands_still_while_the_operator_chooses(desk: FakeDesk) -> None:
    def send_the_best_elsewhere() -> None:
        away = UnitStatus(state=UnitState.EN_ROUTE, since=desk.clock.now() + timedelta(seconds=5))
        desk.picture.fleet.apply_status(UnitId("CS-003"), away)
        desk.picture.changes.mark("unit", "CS-003")

    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .press("enter")
            .do(send_the_best_elsewhere).wait(12)
            .expect_text("本推荐为 12秒前所排")
            .press("f7").expect_text("CS-003 → CS-1124-0003")
            .press("enter").expect_no_act().expect_result("CS-003 已不可派", ok=False)
            .press("r").expect_no_text("本推荐为")
            .press("f7").expect_text("CS-021 → CS-1124-0003")
        )  # fmt: skip


async def test_a_hospital_is_named_to_the_unit_that_was_sent(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .select("CS-1124-0001").expect_text("F7 送院")
            .press("enter").expect_result("请选医院").press("f7", "enter")
            .expect_act("hospital", unit="CS-002", incident="CS-1124-0001")
        )  # fmt: skip


async def test_with_several_units_on_an_incident_the_operator_says_which(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .select("ZZ-1124-0002").press("f7").expect_text("ZZ-003", "ZZ-004").press("2", "enter")
            .expect_act("hospital", unit="ZZ-004")
        )  # fmt: skip


async def test_escape_leaves_everything_undone(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("f7", "escape").expect_dialog(None).expect_result("未派出", ok=False).expect_no_act()
        )  # fmt: skip


async def test_an_alarm_can_be_seen_and_acknowledged_while_a_dialog_is_open(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("f10").expect_text("湘潭离线")
            .press("f8").expect_act("ack", alarm="city:xiangtan").expect_text("新事件", "CS-1124-0003")
        )  # fmt: skip


async def test_the_status_bar_tells_how_far_each_city_can_be_seen(desk: FakeDesk) -> None:
    def zhuzhou_falls_silent() -> None:
        view = desk.picture.sight[ZHUZHOU]
        view.sight, view.since = Sight.SILENT, desk.clock.now()
        desk.picture.changes.mark("city", ZHUZHOU)

    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .expect_text("实时 1秒", "离线 自 02:13")
            .do(zhuzhou_falls_silent).wait(9).expect_text("静默 自 02:31", "02:31:16")
        )  # fmt: skip


async def test_units_are_filtered_by_city_and_state(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .units().press("c").expect_no_text("ZZ-001").expect_result("长沙")
            .press("s").expect_result("可派").expect_no_text("CS-002 ")
            .line("city 株洲").expect_text("ZZ-001").expect_no_text("CS-001 ")
        )  # fmt: skip


async def test_quitting_repeats_who_leaves_what_open(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("ctrl+q").expect_dialog(YesNoDialog).expect_text("王芳", "4 起未结事件")
            .press("escape").expect_dialog(None).expect_result("继续运行")
        )  # fmt: skip


async def test_a_fault_of_the_console_is_told_and_recorded_and_the_console_goes_on(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_incident: object) -> UnitRanking:
        raise RuntimeError("boom")

    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        monkeypatch.setattr(desk, "rank_units", broken)
        await pilot.press("down")
        console.app.frame()
        await pilot.pause()
        assert any("boom" in error for _where, error in desk.faults)
        monkeypatch.undo()
        desk.faults.clear()
        await console.units().expect_text("CS-001").incidents().expect_text("XT-004")


async def test_a_city_that_cannot_be_seen_is_left_out_with_the_reason(desk: FakeDesk) -> None:
    assert desk.picture.sight[XIANGTAN].sight is Sight.OFFLINE
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).incidents().expect_text("湘潭自 02:13 离线")


async def test_a_key_held_down_does_not_confirm_the_dialog_it_opened(desk: FakeDesk) -> None:
    app = ConsoleApp(desk, manners=MANNERS.model_copy(update={"confirm_guard_s": 2.0}))
    async with app.run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.press("f7", "f7", "enter", "f7").expect_dialog(ChooseDialog).expect_no_act()
        await pilot.pause(2.2)
        await console.press("enter").expect_act("unit", unit="CS-003")


async def test_the_incident_nobody_was_sent_to_stands_first(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.incidents()
        board = console.app.screen.query_one("#incidents", Board)
        assert board.keys[:2] == ["CS-1124-0003", "XT-1124-0004"]


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (160, 48), (240, 67)])
async def test_all_function_keys_fit_at_every_size(desk: FakeDesk, size: tuple[int, int]) -> None:
    async with console_app(desk).run_test(size=size) as pilot:
        await Console(pilot, desk).expect_text("F1 帮助", "F8 确认", "F10 新事件")
        await Console(pilot, desk).press("f12").expect_text("F1 Help", "F8 Ack", "F10 Open")


async def test_a_click_on_a_function_key_is_as_good(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await pilot.click(KeyBar, offset=(18, 0))
        await pilot.pause()
        await console.expect_screen("units")


async def test_the_palette_finds_by_pinyin_and_does_it(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.press("ctrl+p", *"zhuti")
        await pilot.pause(0.4)
        await console.expect_text("主题").press("enter")
        await pilot.pause(0.2)
        assert console.app.theme == "night"
        await console.expect_result("主题", ok=True)


async def test_style_sheets_are_parsed_once_under_each_theme_and_are_those_of_textual(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []

    def counted(scope: str, css: str, *given: object, **named: object) -> Iterable[object]:
        parsed.append(css)
        return parse(scope, css, *given, **named)  # type: ignore[arg-type]

    def rules_of(sheet: Stylesheet) -> list[str]:
        with monkeypatch.context() as uncounted:
            uncounted.setattr("textual.css.stylesheet.parse", parse)
            return [repr(rule.styles.get_rules()) for rule in sheet.rules]

    async def visit() -> None:
        async with console_app(desk).run_test(size=(80, 24)) as pilot:
            console = Console(pilot, desk)
            await console.units().map().incidents()
            own = console.app.stylesheet
            plain = Stylesheet(variables=console.app.get_css_variables())
            plain.source, plain._require_parse = own.source, True
            assert rules_of(own) == rules_of(plain)

    await visit()
    monkeypatch.setattr("textual.css.stylesheet.parse", counted)
    await visit()
    assert parsed == []
