"""Three sets of symbols: what a terminal can draw decides which one is used.

Characters of ambiguous width (East Asian Width "A": en dash, arrows, blocks) take two cells in some
Chinese terminals. "braille" and "block" use them only where one character fills one cell on the
terminals that pass the probe; "ascii" has none at all.
"""

from dataclasses import astuple, dataclass

SYMBOL_SETS = ("braille", "block", "ascii")


@dataclass(frozen=True, slots=True)
class Symbols:
    """One set; every symbol is one cell wide, only the ellipsis takes two, and "to" and the arrow keys words.

    (An ellipsis character is drawn two cells wide by the fonts of many Chinese terminals.)
    """

    name: str
    critical: str
    warning: str
    advisory: str
    stale: str
    offline: str
    good: str
    bad: str
    pointer: str
    ascending: str
    descending: str
    ellipsis: str
    dash: str
    bar: str
    expiring: str
    incomplete: str
    station: str
    hospital: str
    bridge: str
    unit: str
    unit_stale: str
    target: str
    headings: str
    scale: str
    to: str
    up_down: str


_BRAILLE = Symbols(
    name="braille",
    critical="!",
    warning="▴",
    advisory="▸",
    stale="~",
    offline="✗",
    good="✓",
    bad="✗",
    pointer="▸",
    ascending="▴",
    descending="▾",
    ellipsis="..",
    dash="–",
    bar="│",
    expiring="◔",
    incomplete="?",
    station="⌂",
    hospital="H",
    bridge="=",
    unit="▪",
    unit_stale="▫",
    target="✚",
    headings="↑↗→↘↓↙←↖",
    scale="├─┤",
    to="→",
    up_down="↑ ↓",
)
_BLOCK = Symbols(
    name="block",
    critical="!",
    warning="▲",
    advisory="►",
    stale="~",
    offline="x",
    good="√",
    bad="x",
    pointer="►",
    ascending="▲",
    descending="▼",
    ellipsis="..",
    dash="–",
    bar="│",
    expiring="◊",
    incomplete="?",
    station="∩",
    hospital="H",
    bridge="=",
    unit="▪",
    unit_stale="▫",
    target="+",
    headings="↑/→\\↓/←\\",
    scale="├─┤",
    to="→",
    up_down="↑ ↓",
)
_ASCII = Symbols(
    name="ascii",
    critical="!",
    warning="^",
    advisory=">",
    stale="~",
    offline="x",
    good="+",
    bad="x",
    pointer=">",
    ascending="^",
    descending="v",
    ellipsis="..",
    dash="-",
    bar="|",
    expiring="@",
    incomplete="?",
    station="n",
    hospital="H",
    bridge="=",
    unit="o",
    unit_stale=".",
    target="+",
    headings="^/>\\v/<\\",
    scale="|-|",
    to="->",
    up_down="Up Down",
)
_SETS = {symbols.name: symbols for symbols in (_BRAILLE, _BLOCK, _ASCII)}
_FRAMES = "─━│┃┏┓┗┛├┤"
_MAPS = {"braille": f"⣿⡇{_FRAMES}", "block": f"█▀▄▌▐{_FRAMES}", "ascii": ""}
"""What maps, bars and frames are drawn with beside the single symbols."""
_in_use = _BRAILLE


def use(name: str) -> None:
    """Draw with the set `name` from now on; ValueError names the sets there are."""
    global _in_use  # one console, one terminal: the only state of this module
    if name not in _SETS:
        raise ValueError(f"symbol set {name!r} is not one of {', '.join(SYMBOL_SETS)}")
    _in_use = _SETS[name]


def symbols() -> Symbols:
    """The set in use."""
    return _in_use


def characters(name: str) -> frozenset[str]:
    """Every character beyond ASCII that a set draws with; ValueError names the sets there are."""
    if name not in _SETS:
        raise ValueError(f"symbol set {name!r} is not one of {', '.join(SYMBOL_SETS)}")
    one_by_one = "".join(part for part in astuple(_SETS[name]) if part != name) + _MAPS[name]
    return frozenset(char for char in one_by_one if not char.isascii())
