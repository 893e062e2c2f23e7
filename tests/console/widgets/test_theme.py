"""Themes: every meaning in every theme, readable, and red for one thing only."""

import pytest
from rich.style import Style

from dispatch.console.symbols import SYMBOL_SETS, Symbols, symbols, use
from dispatch.console.theme import THEMES, look, palette, textual_themes
from dispatch.text import cell_width

READ = (
    "normal", "strong", "dim", "title", "critical", "critical_text", "warning", "advisory", "abnormal",
    "stale", "offline", "selected", "drill", "free", "busy", "off_duty", "good", "excluded", "reason",
    "expiring", "incomplete", "rh_negative", "city_0", "city_1", "city_2", "map_label", "map_place",
    "map_incident_now", "map_incident_1", "map_incident_2", "map_incident_3",
    "map_unit_free", "map_unit_busy",
)  # fmt: skip


def luminance(triplet: tuple[int, int, int]) -> float:
    parts = [c / 255 for c in triplet]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(style: Style, background: str) -> float:
    """WCAG 2 contrast of a style over the theme's background."""
    back = style.bgcolor or Style.parse(f"on {background}").bgcolor
    assert style.color is not None
    assert back is not None
    fore = style.color
    if style.reverse:
        fore, back = back, fore
    lights = sorted((luminance(c.get_truecolor()) for c in (fore, back)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("meaning", READ)
def test_text_can_be_read_in_every_theme(theme: str, meaning: str) -> None:
    least = 4.0 if meaning in ("stale", "offline", "dim", "excluded", "off_duty", "map_place") else 4.5
    assert contrast(look(theme)[meaning], palette(theme).background) >= least


@pytest.mark.parametrize("theme", [name for name in THEMES if name != "monochrome"])
def test_red_means_act_now_and_nothing_else(theme: str) -> None:
    red = palette(theme).red.lower()
    used = {
        meaning
        for meaning in READ
        for colour in (look(theme)[meaning].color, look(theme)[meaning].bgcolor)
        if colour is not None and colour.get_truecolor().hex == red
    }
    assert used == {"critical", "critical_text", "map_incident_now"}


def test_monochrome_has_no_colour_at_all() -> None:
    for meaning in READ:
        for colour in (look("monochrome")[meaning].color, look("monochrome")[meaning].bgcolor):
            if colour is not None:
                red, green, blue = colour.get_truecolor()
                assert red == green == blue, meaning


def test_what_is_abnormal_stays_apart_without_colour() -> None:
    styles = look("monochrome")
    normal = styles["normal"]
    for meaning in ("critical", "warning", "abnormal", "selected", "drill"):
        style = styles[meaning]
        assert (style.bold, style.underline, style.reverse, style.bgcolor) != (
            normal.bold, normal.underline, normal.reverse, normal.bgcolor,
        )  # fmt: skip


def test_an_unknown_theme_or_meaning_never_stops_a_frame() -> None:
    assert look("textual-dark")["no such meaning"] == look("night")["normal"]


def test_the_themes_are_made_for_textual_too() -> None:
    assert [theme.name for theme in textual_themes()] == list(THEMES)
    assert all("critical" in theme.variables for theme in textual_themes())


@pytest.mark.parametrize("name", SYMBOL_SETS)
def test_every_symbol_takes_the_cells_it_claims(name: str) -> None:
    use(name)
    try:
        for field in Symbols.__slots__:
            value = getattr(symbols(), field)
            if field not in ("name", "headings", "scale", "ellipsis", "to", "up_down"):
                assert cell_width(value) == 1, field
        assert len(symbols().headings) == 8
        if name == "ascii":
            assert all(getattr(symbols(), field).isascii() for field in Symbols.__slots__)
    finally:
        use("braille")


def test_an_unknown_symbol_set_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="braille, block, ascii"):
        use("emoji")
