"""The drill leader's panel: what happens, let more happen, stop and hurry; nothing of it for anybody else."""

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from dispatch import language
from dispatch.console.dialogs.inject import InjectDialog
from dispatch.domain.operators import Right
from dispatch.settings import load
from tests.console.driver import Console, console_app
from tests.console.fakes import FakeDesk, fake_desk

SIZES = {"80x24": (80, 24), "120x36": (120, 36), "160x48": (160, 48), "240x67": (240, 67)}


@pytest.fixture
def desk() -> FakeDesk:
    made = fake_desk()
    made.picture.bridges = load().bridges
    return made


def on_panel(pilot: Pilot[None], desk: FakeDesk) -> Console:
    return Console(pilot, desk).press("ctrl+e").expect_screen("drill").wait(1.5).expect_text("进行中")


async def test_the_panel_lists_what_happens_with_when_by_whom_and_what_it_came_to(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(160, 48)) as pilot:
        await on_panel(pilot, desk).expect_text(
            "长潭交界客车事故",
            "25:00",
            "群体伤",
            "18名伤员",
            "黑石铺大桥",
            "3辆车掉头改道",
            "×3",
            "chen.jing",
            "未到",
        )


@pytest.mark.parametrize("lang", ["zh_CN", "en"])
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_the_state_the_time_and_the_event_are_in_view_at_every_size(
    desk: FakeDesk, size: tuple[int, int], lang: str
) -> None:
    language.use(lang)
    words = {"zh_CN": ("进行中", "20:00", "注入", "暂停"), "en": ("now", "20:00", "let happen", "stop")}
    async with console_app(desk).run_test(size=size) as pilot:
        await Console(pilot, desk).press("ctrl+e").expect_screen("drill").wait(1.5).expect_text(*words[lang])


async def test_the_keys_stop_let_go_on_and_hurry(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = on_panel(pilot, desk)
        await console.press("p").wait(0.5).expect_text("已暂停").press("g").wait(0.5).press("f").wait(0.5)
        await Console(pilot, desk).press("s").wait(0.5).line("drillspeed 4").wait(0)
    acts = [("pause", None), ("resume", None), ("speed", 2.0), ("speed", 1.0), ("speed", 4.0)]
    assert desk.steering.acts == acts


async def test_the_event_under_the_cursor_is_ended_or_the_one_that_is_named(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = on_panel(pilot, desk)
        await console.press("down", "down", "e").wait(0.5).line("drillend L1").wait(0)
        await Console(pilot, desk).line("drillend S1").expect_result("S1", ok=False)
    assert desk.steering.acts == [("end", "S2"), ("end", "L1")]


async def test_a_bridge_is_closed_by_its_name_in_pinyin(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await on_panel(pilot, desk).press("i").expect_dialog(InjectDialog).press("2")
        pilot.app.screen.query_one("#bridge", Input).value = "heishipu"
        pilot.app.screen.query_one("#minutes", Input).value = "45"
        await Console(pilot, desk).press("f7").expect_dialog(None).expect_result("桥梁封闭", ok=True)
    event = {"kind": "bridge_closed", "bridge": "CS-R-HEISHIPU", "for_min": 45.0}
    assert desk.steering.acts == [("inject", event)]


async def test_a_field_that_is_wrong_keeps_the_form_open_and_says_so(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await on_panel(pilot, desk).press("i").expect_dialog(InjectDialog).press("4")
        pilot.app.screen.query_one("#factor", Input).value = "fast"
        await Console(pilot, desk).press("f7").expect_dialog(InjectDialog).expect_text("应为1至20的数字")
    assert desk.steering.acts == []


async def test_a_line_lets_it_happen_without_a_form_and_names_its_fields(
    desk: FakeDesk,
) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).line("inject units_out city=xiangtan percent=50 minutes=60").wait(0)
        await Console(pilot, desk).line("inject units_out colour=red").expect_result("percent=…", ok=False)
    ((_act, event),) = desk.steering.acts
    wanted = {"kind": "units_out", "city": "xiangtan", "share": 0.5, "for_min": 60.0}
    assert {name: event[name] for name in wanted} == wanted  # type: ignore[index]
    assert event["reason"]  # type: ignore[index]


async def test_a_refusal_of_the_drill_is_the_result(desk: FakeDesk) -> None:
    desk.steering.refuses = "模拟城市已经结束"
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await on_panel(pilot, desk).press("p").expect_result("模拟城市已经结束", ok=False)


async def test_who_leads_no_drill_sees_no_panel_and_his_keys_do_nothing(desk: FakeDesk) -> None:
    desk.forbidden[Right.DRILL] = "调度员不可导调演练"
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).press("ctrl+e").expect_screen("incidents").expect_text("不可导调")
        await Console(pilot, desk).line("drillpause").expect_result("不可导调", ok=False)
        await (
            Console(pilot, desk)
            .line("inject link_lost city=zhuzhou minutes=5")
            .expect_result("不可导调", ok=False)
        )
    assert desk.steering.acts == []


async def test_there_is_no_panel_outside_a_drill() -> None:
    desk = fake_desk()
    desk.drill = False
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).press("ctrl+e").expect_screen("incidents").expect_text("不是演练")
