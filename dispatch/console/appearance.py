"""How this console looks: colours, signs, how close rows stand, the width of ambiguous characters.

config/console.toml says how it begins; what an operator chose at this console is remembered in a small file
of its data folder and comes before that.
"""

import json
import unicodedata
from pathlib import Path
from typing import Literal

from pydantic import ValidationError
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from dispatch.domain.model import Frozen

LOOK_FILE = "console-look.json"
Theme = Literal["night", "day", "high-contrast", "monochrome"]
SymbolSet = Literal["braille", "block", "ascii"]
Density = Literal["compact", "comfortable"]
"""Lines of one row of a list: one, or two, of which the second takes the words too long for the first."""
Width = Literal["auto", "narrow", "wide"]
"""Of characters of East Asian Width "A": one cell, two, or as the terminal says when asked."""


class Look(Frozen):
    """[look] of config/console.toml."""

    theme: Theme = "night"
    density: Density = "compact"
    ambiguous: Width = "auto"


class Appearance(Look):
    """One way to look, with what it is drawn with."""

    symbols: SymbolSet = "braille"


class Looks:
    """The appearance in use; a choice of the operator outlives the program where `file` is given."""

    def __init__(self, begun: Appearance, file: Path | None = None) -> None:
        self._file = file
        self.now = _remembered(begun, file)

    def choose(self, **chosen: str) -> None:
        """Take a choice and remember it; ValidationError when there is no such thing.

        A file that cannot be written changes nothing for the console at work.
        """
        self.now = Appearance.model_validate(self.now.model_dump() | chosen)
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._file.with_suffix(".new")
            fresh.write_text(self.now.model_dump_json(), "utf-8")
            fresh.replace(self._file)
        except OSError:
            return


def _remembered(begun: Appearance, file: Path | None) -> Appearance:
    """What was chosen last over what is configured; a damaged file is as good as none."""
    try:
        said = json.loads(file.read_text("utf-8")) if file is not None else {}
        return Appearance.model_validate(begun.model_dump() | said)
    except (OSError, ValueError, TypeError, ValidationError):
        return begun


_TWINS = {
    **dict.fromkeys("─━┄┅┈┉╌╍═–—―", "-"),
    **dict.fromkeys("│┃┆┇┊┋║‖", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬╭╮╯╰", "+"),
    **dict.fromkeys("·…‥", "."),
    **dict.fromkeys("“”″〃", '"'),
    **dict.fromkeys("\u2018\u2019\u2032", "'"),
    **dict.fromkeys("●○◎◇◆◯°º", "o"),
    **dict.fromkeys("█▇▆▅▓▒■▣", "#"),
    **dict.fromkeys("▁▂▃▄", "_"),
    **dict.fromkeys("▲△↑", "^"),
    **dict.fromkeys("▼▽↓√", "v"),
    **dict.fromkeys("▶▷→⇒", ">"),
    **dict.fromkeys("◀◁←⇐", "<"),
    **dict.fromkeys("↗↙", "/"),
    **dict.fromkeys("↖↘", "\\"),
    **dict.fromkeys("★☆※", "*"),
    **dict.fromkeys("▌▐", "|"),
    **dict(zip("×÷±∩░▀§≠", 'x/+n."S#', strict=True)),
}
"""What stands for a character whose width terminals do not agree on; each takes one cell everywhere."""


class _Narrow(dict[int, str]):
    """Code point -> what is drawn for it, worked out when first met."""

    def __missing__(self, code: int) -> str:
        drawn = self[code] = _narrow(chr(code))
        return drawn


def _narrow(char: str) -> str:
    if unicodedata.east_asian_width(char) != "A" or unicodedata.combining(char):
        return char
    if char in _TWINS:
        return _TWINS[char]
    plain = [one for one in unicodedata.normalize("NFKD", char) if one.isascii() and one.isalnum()]
    return plain[-1] if plain else "?"


_NARROW = _Narrow()


def narrow(text: str) -> str:
    """The text, of as many cells, without a character of ambiguous width."""
    return text if text.isascii() else text.translate(_NARROW)


class NarrowSigns(LineFilter):
    """Draws nothing of ambiguous width: for terminals that give such characters two cells."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        return [Segment(narrow(text), style, control) for text, style, control in segments]
