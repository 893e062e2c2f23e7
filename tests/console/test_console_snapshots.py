"""The main screens at four sizes in both languages, as they were looked at and found good."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from dispatch import language
from tests.console.driver import Console, console_app
from tests.console.fakes import fake_desk
from tests.console.working import a_night_at_work

SIZES = {"80x24": (80, 24), "120x36": (120, 36), "160x48": (160, 48), "240x67": (240, 67)}
SCREENS: dict[str, Callable[[Console], Console]] = {
    "incidents": lambda console: console.incidents().press("enter"),
    "units": lambda console: console.units().select("CS-003"),
    "blood": lambda console: console.line("blood 悬浮红细胞 O+ 6 湘雅二医院 40min"),
    "request": lambda console: console.blood().press("f10"),
    "careful": lambda console: console.line("blood 悬浮红细胞 A- 6 湘雅二医院 40min").press("f10"),
    "map": lambda console: console.map(),
    "override": lambda console: console.press("enter", "down", "f7"),
    "orders": lambda console: console.incidents().press("o").wait(0),
    "timeline": lambda console: console.incidents().select("CS-1124-0001").press("t").wait(0),
    "intake": lambda console: console.press("f10").fill("place", "五一广场").press("enter"),
    "state": lambda console: console.units().select("CS-007").press("4"),
}
AT_WORK = frozenset({"orders", "timeline", "intake", "state"})
"""Screens that show an incident in full work."""


@pytest.mark.parametrize("speech", ["zh_CN", "en"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_looks_as_it_did(
    snap_compare: Callable[..., bool], screen: str, size: str, speech: str
) -> None:
    language.use(speech)
    desk = fake_desk()
    if screen in AT_WORK:
        a_night_at_work(desk)

    async def go_there(pilot: Pilot[None]) -> None:
        await SCREENS[screen](Console(pilot, desk)).wait(0)

    assert snap_compare(console_app(desk), terminal_size=SIZES[size], run_before=go_there)
