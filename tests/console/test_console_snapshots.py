"""The main screens at four sizes in both languages, as they were looked at and found good."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from dispatch import language
from tests.console.driver import Console, console_app
from tests.console.fakes import fake_desk

SIZES = {"80x24": (80, 24), "120x36": (120, 36), "160x48": (160, 48), "240x67": (240, 67)}
SCREENS: dict[str, Callable[[Console], Console]] = {
    "incidents": lambda console: console.incidents().press("enter"),
    "units": lambda console: console.units().select("CS-003"),
    "blood": lambda console: console.line("blood 悬浮红细胞 O+ 6 湘雅二医院 40min"),
    "map": lambda console: console.map(),
    "override": lambda console: console.press("enter", "down", "f7"),
}


@pytest.mark.parametrize("speech", ["zh_CN", "en"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_looks_as_it_did(
    snap_compare: Callable[..., bool], screen: str, size: str, speech: str
) -> None:
    language.use(speech)
    desk = fake_desk()

    async def go_there(pilot: Pilot[None]) -> None:
        await SCREENS[screen](Console(pilot, desk)).wait(0)

    assert snap_compare(console_app(desk), terminal_size=SIZES[size], run_before=go_there)
