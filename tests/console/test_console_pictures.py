"""Every screen at four sizes in both languages by night and by day, as it was looked at and found good."""

import pytest
from textual.widgets import Input

from dispatch.language import LANGUAGES
from tests.console.driver import Console, console_app
from tests.console.gallery import THEMES, Shot, differences, read, shot_of, write
from tests.console.sights import SIGHTS

SIZES = {"80x24": (80, 24), "120x36": (120, 36), "160x48": (160, 48), "240x67": (240, 67)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", [pytest.param(one, marks=pytest.mark.xdist_group(one)) for one in SIGHTS])
async def test_a_screen_looks_as_it_did(screen: str, size: str, pytestconfig: pytest.Config) -> None:
    sight = SIGHTS[screen]
    desk = sight.desk()
    shots: dict[str, Shot] = {}
    async with console_app(desk).run_test(size=SIZES[size]) as pilot:
        console = Console(pilot, desk)
        await sight.way(console)
        for field in console.app.screen.query(Input):
            field.cursor_blink = False
        for theme in THEMES:
            console.app.styling.use_theme(theme)
            for speech in LANGUAGES:
                console.app.speak(speech)
                await console.wait(0).wait(0)  # laid out, painted
                shot = shots.setdefault(f"{size} {speech}", Shot())
                shot.lines, shot.colours[theme] = shot_of(console.app)
    if pytestconfig.getoption("new_pictures"):
        write(screen, read(screen) | shots)
        return
    known = read(screen)
    found = [line for name, shot in shots.items() for line in differences(name, known.get(name), shot)]
    assert not found, "\n".join([screen, *found])


def test_no_picture_is_left_of_what_is_not_looked_at_any_more() -> None:
    for screen in SIGHTS:
        assert set(read(screen)) == {f"{size} {speech}" for size in SIZES for speech in LANGUAGES}
