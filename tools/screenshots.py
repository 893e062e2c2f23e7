"""Make the pictures of the README: a real drill, the real console, drawn cell by cell as SVG.

    python -m tools.screenshots [folder]

Textual's own export stretches runs of text by their number of characters, which squeezes Chinese; here every
run starts at its own cell, so that columns stand as they do in a terminal.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterable
from html import escape
from pathlib import Path

from rich.cells import cell_len
from rich.color import Color, ColorType
from rich.segment import Segment
from rich.terminal_theme import TerminalTheme
from textual.pilot import Pilot

from dispatch import language
from dispatch.console.app import ConsoleApp
from dispatch.feed.mqtt import over_mqtt
from dispatch.rig import open_rig, plan_drill
from dispatch.runtime import Session, open_session
from dispatch.settings import load

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
SIZE = (150, 44)
CELL, LINE, FONT = 8.0, 17.0, 14.5
MARGIN = 10.0
GROUND, INK = "#0d1117", "#c9d1d9"
FONTS = "'Sarasa Mono SC','Noto Sans Mono CJK SC','Cascadia Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace"
THEME = TerminalTheme((13, 17, 23), (201, 209, 217), [(0, 0, 0)] * 8)


def svg(lines: Iterable[Iterable[Segment]], size: tuple[int, int]) -> str:
    """Lines of styled text as an SVG of `size` cells."""
    width, height = size[0] * CELL + 2 * MARGIN, size[1] * LINE + 2 * MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" font-family="{FONTS}" '
        f'font-size="{FONT}" xml:space="preserve">',
        f'<rect width="{width:g}" height="{height:g}" rx="6" fill="{GROUND}"/>',
    ]
    for row, line in enumerate(lines):
        column = 0
        for segment in line:
            out += _drawn(segment, row, column)
            column += cell_len(segment.text)
    return "\n".join([*out, "</svg>", ""])


def _drawn(segment: Segment, row: int, column: int) -> Iterable[str]:
    style = segment.style
    ink, ground = INK, GROUND
    if style is not None:
        ink, ground = _hex(style.color, INK), _hex(style.bgcolor, GROUND)
        if style.reverse:
            ink, ground = ground, ink
    x, y = MARGIN + column * CELL, MARGIN + row * LINE
    if ground != GROUND:
        width = cell_len(segment.text) * CELL
        yield f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{LINE:g}" fill="{ground}"/>'
    bold = ' font-weight="bold"' if style is not None and style.bold else ""
    for start, text in _runs(segment.text):
        if text.strip():
            wide = (
                f' textLength="{len(text) * CELL:g}" lengthAdjust="spacingAndGlyphs"'
                if text.isascii()
                else ""
            )
            place = f'x="{x + start * CELL:g}" y="{y + 13:g}"'
            yield f'<text {place} fill="{ink}"{bold}{wide}>{escape(text)}</text>'


def _runs(text: str) -> Iterable[tuple[int, str]]:
    """Pieces that may be drawn in one go: ASCII words together, anything else alone."""
    column, start, word = 0, 0, ""
    for character in text:
        if character.isascii() and character != " ":
            if not word:
                start = column
            word += character
        else:
            if word:
                yield start, word
                word = ""
            yield column, character
        column += cell_len(character)
    if word:
        yield start, word


def _hex(color: Color | None, default: str) -> str:
    if color is None or color.type is ColorType.DEFAULT:
        return default
    return color.get_truecolor(THEME).hex


async def _snap(pilot: Pilot[None], name: str, folder: Path) -> None:
    await pilot.pause(1.0)
    strips = pilot.app.screen._compositor.render_strips()  # noqa: SLF001 - the one way to the cells themselves
    (folder / f"{name}.svg").write_text(svg(strips, SIZE), "utf-8")
    sys.stdout.write(f"{name}.svg\n")


def _row_of_the_crash(session: Session) -> int:
    """Where the incident with the most patients stands in the list."""
    listed = session.picture.open_incidents()
    return max(range(len(listed)), key=lambda row: listed[row].patients, default=0)


async def _tour(session: Session, folder: Path, spoken: str, short: str) -> None:
    """The screens of the README in one language."""
    language.use(spoken)
    app = ConsoleApp(session.desk)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("f2", *["down"] * _row_of_the_crash(session))
        await _snap(pilot, f"incidents-{short}", folder)
        await pilot.press("f5")
        await _snap(pilot, f"map-{short}", folder)


async def _all(folder: Path) -> None:
    configuration = load()
    plan = plan_drill(configuration, "border-crash", speed=6, staffed=configuration.settings.home_city)
    with tempfile.TemporaryDirectory() as scratch:
        async with open_rig(configuration, plan, Path(scratch)) as rig:
            connect = over_mqtt(rig.endpoints, rig.clock)
            async with open_session(configuration, connect, rig.clock, Path(scratch), drill=True) as session:
                while rig.elapsed_s < 7 * 60:  # noqa: ASYNC110 - a drill's clock sets no event
                    await asyncio.sleep(1)
                for spoken, short in (("zh_CN", "zh"), ("en", "en")):
                    await _tour(session, folder, spoken, short)


def main() -> None:
    """Write the pictures to the folder named, or to docs/images."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_all(folder))


if __name__ == "__main__":
    main()
