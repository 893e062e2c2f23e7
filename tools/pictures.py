"""Make the pictures of the README, or say which of them show what the console does not look like any more.

    python -m tools.pictures            write docs/images
    python -m tools.pictures --check    draw them again and compare; nothing is written

Everything is drawn from the cells of the real console in both languages; no browser is needed.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from dispatch import language
from dispatch.console.theme import DEFAULT_THEME, palette
from tests.console.driver import Console, console_app
from tests.console.fakes import FakeDesk
from tests.console.sights import at_work, led
from tests.console.stocked import stocked_desk
from tools.drawing import Paper, moving, still
from tools.stories import Film, Story, across_the_border, blood_for_a_hospital

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
STILL, MOVING = (140, 42), (104, 30)
LARGEST_BYTES = 300_000
LANGUAGES = {"zh": "zh_CN", "en": "en"}
Way = Callable[[Console], Awaitable[object]]


async def _on_the_map(console: Console) -> None:
    """The three cities, a closed bridge, and how far away a unit may be that comes in time."""
    await console.map().wait(0)
    screen = console.app.base_screen
    if screen is not None:
        screen.shown = ("incident", "CS-1124-0003")  # type: ignore[attr-defined]
    await console.press("r").wait(1)


STILLS: Mapping[str, tuple[Callable[[], FakeDesk], Way]] = {
    "incidents": (at_work, lambda console: _as_told(console.incidents().press("enter"))),
    "map": (led, _on_the_map),
}
STORIES: Mapping[str, tuple[Callable[[], FakeDesk], Story]] = {
    "across": (led, across_the_border),
    "blood-request": (stocked_desk, blood_for_a_hospital),
}


async def _as_told(console: Console) -> None:
    await console


def _paper(size: tuple[int, int]) -> Paper:
    colours = palette(DEFAULT_THEME)
    return Paper(colours.background, colours.text, *size)


async def _still(name: str) -> str:
    make, way = STILLS[name]
    desk = make()
    async with console_app(desk).run_test(size=STILL) as pilot:
        console = Console(pilot, desk)
        await way(console)
        await console.wait(0).wait(0)
        strips = console.app.screen._compositor.render_strips()  # noqa: SLF001 - the way to the cells themselves
        return still(strips, _paper(STILL))


async def _moving(name: str) -> str:
    make, story = STORIES[name]
    desk = make()
    app = console_app(desk)
    async with app.run_test(size=MOVING) as pilot:
        film = Film(app, Console(pilot, desk), desk)
        await story(film)
        return moving(film.frames, _paper(MOVING))


async def drawn() -> dict[str, str]:
    """File name -> what is to stand in it."""
    found: dict[str, str] = {}
    for short, spoken in LANGUAGES.items():
        language.use(spoken)
        for name in STILLS:
            found[f"{name}-{short}.svg"] = await _still(name)
        for name in STORIES:
            found[f"{name}-{short}.svg"] = await _moving(name)
    return found


def main() -> int:
    """Write the pictures; with --check 1 when one is stale, missing or too large."""
    made = asyncio.run(drawn())
    large = [
        f"{name}: {len(text.encode())} bytes"
        for name, text in made.items()
        if len(text.encode()) > LARGEST_BYTES
    ]
    for line in large:
        sys.stderr.write(f"too large: {line}\n")
    if "--check" in sys.argv[1:]:
        kept = {name: FOLDER / name for name in made}
        stale = [
            name for name, path in kept.items() if not path.exists() or path.read_text("utf-8") != made[name]
        ]
        for name in stale:
            sys.stderr.write(f"docs/images/{name} does not show the console as it is: run make pictures\n")
        return int(bool(stale or large))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        (FOLDER / name).write_text(text, "utf-8")
        sys.stdout.write(f"{name} {len(text.encode())}\n")
    return int(bool(large))


if __name__ == "__main__":
    sys.exit(main())
