"""Colours with a meaning: grey is normal, red is kept for "act now", nothing is said by colour alone.

The hues are those of Okabe and Ito (Color Universal Design, 2008), lightened or darkened per
background until text reaches a contrast of 4.5 to 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.theme import Theme

DEFAULT_THEME = "night"
Returned = TypeVar("Returned")


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme; `red` means act now and is used for nothing else."""

    background: str
    surface: str
    panel: str
    text: str
    strong: str
    dim: str
    faint: str
    red: str
    on_red: str
    orange: str
    yellow: str
    sky: str
    blue: str
    green: str
    purple: str
    river: str
    cursor: str
    on_cursor: str


_NIGHT = Palette(
    background="#0e1216", surface="#141a20", panel="#1d252d",
    text="#b4bcc4", strong="#eef1f4", dim="#88929c", faint="#6b7681",
    red="#d55e00", on_red="#000000", orange="#e69f00", yellow="#f0e442", sky="#56b4e9",
    blue="#4d9fd6", green="#1fb58f", purple="#cc79a7", river="#3169b0",
    cursor="#24506e", on_cursor="#ffffff",
)  # fmt: skip
_DAY = Palette(
    background="#f6f6f3", surface="#ecece8", panel="#dfdfda",
    text="#3d444b", strong="#0b0e11", dim="#596067", faint="#7b8187",
    red="#b34700", on_red="#ffffff", orange="#8a5a00", yellow="#6b6200", sky="#1a6d9e",
    blue="#00609b", green="#00714f", purple="#98426f", river="#4a80c4",
    cursor="#b9dcf2", on_cursor="#0b0e11",
)  # fmt: skip
_HIGH_CONTRAST = Palette(
    background="#000000", surface="#000000", panel="#1a1a1a",
    text="#ffffff", strong="#ffffff", dim="#c8c8c8", faint="#8a8a8a",
    red="#ff7f2a", on_red="#000000", orange="#ffb000", yellow="#fff44f", sky="#7fd0ff",
    blue="#7fc4ff", green="#37e0b3", purple="#ff9fd0", river="#3f86e0",
    cursor="#ffff00", on_cursor="#000000",
)  # fmt: skip
_MONOCHROME = Palette(
    background="#000000", surface="#0a0a0a", panel="#1c1c1c",
    text="#bdbdbd", strong="#ffffff", dim="#8c8c8c", faint="#6a6a6a",
    red="#ffffff", on_red="#000000", orange="#ffffff", yellow="#ffffff", sky="#d6d6d6",
    blue="#d6d6d6", green="#ffffff", purple="#d6d6d6", river="#5c5c5c",
    cursor="#dcdcdc", on_cursor="#000000",
)  # fmt: skip
_PALETTES = {"night": _NIGHT, "day": _DAY, "high-contrast": _HIGH_CONTRAST, "monochrome": _MONOCHROME}
THEMES = tuple(_PALETTES)

_BORDER_TINT = 0.38
"""How much of a city's hue its borders have: lines step back behind things."""
_CITY_HUES = ("sky", "green", "purple")

# Meaning -> Rich style; {names} are colours of the palette.
_MEANINGS = {
    "normal": "{text}",
    "strong": "bold {strong}",
    "dim": "{dim}",
    "faint": "{faint}",
    "heading": "bold {dim} on {panel}",
    "title": "bold {strong}",
    "bold": "bold",
    "critical": "bold {on_red} on {red}",
    "critical_text": "bold {red}",
    "warning": "bold {orange}",
    "advisory": "{yellow}",
    "abnormal": "{orange}",
    "stale": "{dim}",
    "offline": "{dim}",
    "gone": "{faint} strike",
    "selected": "bold {on_cursor} on {cursor}",
    "selected_blurred": "{strong} on {panel}",
    "drill": "bold {background} on {yellow}",
    "banner": "bold {background} on {orange}",
    "free": "{strong}",
    "busy": "{text}",
    "off_duty": "{dim}",
    "good": "{green}",
    "rank_first": "bold {strong}",
    "excluded": "{dim}",
    "reason": "{text}",
    "expiring": "{orange}",
    "incomplete": "{yellow}",
    "rh_negative": "bold {purple}",
    "zero": "{faint}",
    "map_district": "{faint}",
    "map_river": "{river}",
    "map_river_name": "{blue}",
    "map_road": "{dim}",
    "map_street": "{faint}",
    "map_bridge": "{text}",
    "map_bridge_closed": "bold {background} on {orange}",
    "map_route": "{sky}",
    "map_ring": "{yellow}",
    "map_station": "{dim}",
    "map_hospital": "bold {text}",
    "map_bank": "bold {purple}",
    "map_unit_free": "bold {green}",
    "map_unit_busy": "bold {sky}",
    "map_unit_off": "{dim}",
    "map_unit_stale": "{faint}",
    "map_incident_now": "bold {on_red} on {red}",
    "map_incident_1": "bold {background} on {strong}",
    "map_incident_2": "bold {background} on {orange}",
    "map_incident_3": "bold {background} on {yellow}",
    "map_label": "{text}",
    "map_place": "{dim}",
    "map_note": "{dim} on {panel}",
    "map_selected": "bold {on_cursor} on {cursor}",
    "map_cursor": "bold {strong} reverse",
}
_MONOCHROME_MEANINGS = {
    "critical": "bold reverse {strong}",
    "critical_text": "bold underline {strong}",
    "warning": "bold underline {strong}",
    "abnormal": "underline {strong}",
    "advisory": "underline {text}",
    "drill": "bold reverse {strong}",
    "banner": "bold underline reverse {text}",
    "rh_negative": "bold underline {strong}",
    "expiring": "underline {strong}",
    "map_incident_now": "bold underline reverse {strong}",
    "map_incident_1": "bold reverse {strong}",
    "map_incident_2": "bold reverse {text}",
    "map_incident_3": "reverse {dim}",
}


class Look:
    """The styles of one theme by their meaning."""

    def __init__(self, name: str, styles: Mapping[str, Style]) -> None:
        self.name = name
        self._styles = styles
        self._normal = styles["normal"]

    def __getitem__(self, meaning: str) -> Style:
        """The style of a meaning; an unknown one looks normal and never stops a frame."""
        return self._styles.get(meaning, self._normal)

    def __contains__(self, meaning: object) -> bool:
        return meaning in self._styles


@cache
def look(theme: str) -> Look:
    """The look of a theme by name; a theme that is not ours gets the default look."""
    name = theme if theme in _PALETTES else DEFAULT_THEME
    colours = {field: getattr(_PALETTES[name], field) for field in Palette.__slots__}
    meanings = dict(_MEANINGS)
    if name == "monochrome":
        meanings.update(_MONOCHROME_MEANINGS)
    meanings.update({f"city_{index}": f"{{{hue}}}" for index, hue in enumerate(_CITY_HUES)})
    background = Color.parse(colours["background"])
    for index, hue in enumerate(_CITY_HUES):
        tint = background.blend(Color.parse(colours[hue]), _BORDER_TINT)
        meanings[f"map_city_{index}"] = tint.hex
    styles = {meaning: Style.parse(spec.format(**colours)) for meaning, spec in meanings.items()}
    return Look(name, styles)


def city_style(index: int) -> str:
    """The meaning that paints the n-th city; hues repeat after the third."""
    return f"city_{index % len(_CITY_HUES)}"


def palette(theme: str) -> Palette:
    """The colours of a theme by name; a theme that is not ours gets the default ones."""
    return _PALETTES.get(theme, _NIGHT)


def textual_themes() -> tuple[Theme, ...]:
    """Our themes in Textual's form; `$drill`, `$critical`, `$stale`, ... are there for style sheets."""
    return tuple(_textual_theme(name, colours) for name, colours in _PALETTES.items())


def register(app: App[Returned]) -> None:
    """Register all themes and switch to the default one."""
    for theme in textual_themes():
        app.register_theme(theme)
    app.theme = DEFAULT_THEME


def _textual_theme(name: str, colours: Palette) -> Theme:
    return Theme(
        name=name,
        primary=colours.blue,
        secondary=colours.sky,
        accent=colours.sky,
        warning=colours.orange,
        error=colours.red,
        success=colours.green,
        foreground=colours.text,
        background=colours.background,
        surface=colours.surface,
        panel=colours.panel,
        dark=name != "day",
        text_alpha=1.0,
        variables={
            "critical": colours.red,
            "on-critical": colours.on_red,
            "drill": colours.yellow,
            "on-drill": colours.background,
            "strong": colours.strong,
            "dim": colours.dim,
            "faint": colours.faint,
            "stale": colours.dim,
            "cursor": colours.cursor,
            "on-cursor": colours.on_cursor,
            "border": colours.faint,
            "border-blurred": colours.faint,
            "block-cursor-background": colours.cursor,
            "block-cursor-foreground": colours.on_cursor,
            "footer-background": colours.panel,
            "footer-key-foreground": colours.strong,
            "scrollbar": colours.faint,
            "scrollbar-background": colours.surface,
        },
    )
