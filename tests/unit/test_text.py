# ruff: noqa: RUF001 - full-width letters are what these tests are about
"""Outside text on its way to a terminal: nothing of it is obeyed, hidden or wider than it says."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text
from textual.content import Content

from dispatch.text import HIDDEN, cell_width, fit, fold, matches, pinyin_keys, safe_text

HOSTILE = {
    "clear screen": "\x1b[2J\x1b[H",
    "window title": "\x1b]0;owned\x07",
    "hyperlink": "\x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;cm0gLXJm\x07",
    "terminal answer": '\x1bP$q"p\x1b\\\x1b[c\x1b[6n',
    "8-bit controls": "\x9b31m\x9d0;x\x9c\x90\x84\x85",
    "newlines": "one\ntwo\r\nthree\u2028four\u2029five\x0b\x0c\x85six",
    "tab and backspace": "a\tb\b\b\b\x7f",
    "NUL": "a\x00b",
    "bell": "\a\a\a",
    "shift out": "\x0e\x0f",
    "bidi override": "CS-\u202e210\u202c",
    "bidi isolates": "\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    "right to left": "CS-012 \u05d0\u05d1\u05d2 5",
    "arabic": "\u0645\u0631\u062d\u0628\u0627 12",
    "zero width": "C\u200bS\u200c-\u200d0\u20601\ufeff2\u00ad\u034f\u180e",
    "joined emoji": "\U0001f469\u200d\u2695\ufe0f\U0001f44d\U0001f3fd",
    "flags": "\U0001f1e8\U0001f1f3",
    "keycap": "1\ufe0f\u20e3",
    "tags": "a" + "".join(chr(0xE0000 + ord(char)) for char in "bad") + "\U000e007f",
    "variation selectors": "\u845b\U000e0100\u2764\ufe0f\ufe0e",
    "private use": "\ue000\uf8ff\U000f0000\U0010fffd",
    "noncharacters": "\ufdd0\uffff\U0001fffe\U0010ffff",
    "lone surrogates": "\ud800x\udfff",
    "unassigned": "\u0378\U000e0fff",
    "interlinear": "\ufff9a\ufffab\ufffb\ufffc\ufffd",
    "stacked marks": "Z" + "\u0337\u0321\u0353\u035d" * 40,
    "marks on nothing": "\u0301\u0301 \u0308",
    "width bombs": "\ufdfd\u2e3b\U0001242b\ua9c5\u0bf5",
    "fillers": "\u3164\u115f\u1160\uffa0\u2800\u00a0\u2003\u3000",
    "hangul jamo": "\u1112\u1161\u11ab\u1100\ud7fb",
    "hexagrams": "\u4dc0\u2630\U0001d306",
    "indic": "\u0915\u094d\u0937\u093f",
    "markup action": "[@click=app.bell]x[/]",
    "markup broken": "ok[/] [red [/red]] [bold",
    "markup lookalike": "xx [A1] 1",
    "markup escape": "\\[red]x\\[/]",
    "mathematical letters": "\U0001d402\U0001d412-012",
    "very long": "长" * 100_000,
    "long marks": "a" + "\u0301" * 100_000,
    "long escape": "\x1b[" + "9" * 100_000 + "m",
    "percent and braces": "%s %n {0} {actor}",
}


def is_clean(shown: str) -> bool:
    """No character that a terminal obeys, hides, reorders or draws outside its cells."""
    return all(
        unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Me", "Mc")
        and unicodedata.bidirectional(char) not in ("R", "AL", "AN")
        for char in shown
    )


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_becomes_one_clean_line_of_known_width(hostile: str) -> None:
    shown = safe_text(hostile)
    assert is_clean(shown)
    assert 0 < len(shown) <= 200
    assert cell_width(shown) == cell_len(shown)


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_stays_as_it_is_in_text_and_content(hostile: str) -> None:
    shown = safe_text(hostile)
    assert Text(shown).plain == shown
    content = Content(shown)
    assert (content.plain, content.spans) == (shown, [])
    assert content.cell_length == cell_width(shown)


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_becomes_clean_and_cleaning_again_changes_nothing(text: str) -> None:
    shown = safe_text(text, 250)
    assert is_clean(shown)
    assert len(shown) <= 250
    assert cell_width(shown) == cell_len(shown)
    assert safe_text(shown, 250) == shown
    assert bool(shown) == bool(text)


def test_every_single_character_keeps_the_width_that_textual_gives_it() -> None:
    shown = {safe_text(f"a{chr(code)}") for code in range(sys.maxunicode + 1)}
    assert all(is_clean(text) for text in shown)
    assert [text for text in shown if cell_width(text) != cell_len(text)] == []
    assert len(shown) > 90_000


@pytest.mark.parametrize(
    ("outside", "shown"),
    [
        ("\x1b[31mred\x07", "␛[31mred␇"),
        ("one\r\n\ttwo\x7f", "one␍␊␉two␡"),
        ("CS-\u202e210", f"CS-{HIDDEN}210"),
        ("C\u200bS", f"C{HIDDEN}S"),
        ("a\u00a0b\u3000c", "a b\u3000c"),
        ("e\u0301", "é"),
        ("湘雅二医院（急诊） 🚑 [A1]", "湘雅二医院（急诊） 🚑 [A1]"),
        ("ａｂｃ１２３", "ａｂｃ１２３"),
        ("nǚ lǘ Việt Ελλάς Омск", "nǚ lǘ Việt Ελλάς Омск"),
        (b"caf\xc3\xa9 \xff", f"café {HIDDEN}"),
        (None, "None"),
        (12.5, "12.5"),
        ("", ""),
    ],
)
def test_what_is_shown_for(outside: object, shown: str) -> None:
    assert safe_text(outside) == shown


def test_a_letter_keeps_two_combining_marks() -> None:
    assert safe_text("q\u0323\u0307\u0301\u0302") == "q\u0323\u0307"
    assert safe_text("5\u0301") == f"5{HIDDEN}"


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert safe_text("长" * 11, 10) == "长" * 9 + "…"
    assert safe_text("x" * 10, 10) == "x" * 10
    assert safe_text("a" + "\u0301" * 10_000, 10) == "á\u0301\u0301…"


@given(
    st.text(st.characters(codec=None), max_size=60),
    st.integers(0, 40),
    st.sampled_from(["left", "right", "center"]),
    st.sampled_from(["…", "", "..", "更多"]),
)
def test_a_fitted_text_takes_exactly_its_cells(text: str, width: int, align: str, ellipsis: str) -> None:
    fitted = fit(safe_text(text), width, align, ellipsis)
    assert cell_len(fitted) == width
    assert is_clean(fitted)


def test_a_wide_character_is_never_cut_in_half() -> None:
    assert fit("湘雅二医院", 7) == "湘雅二…"
    assert fit("湘雅二医院", 6) == "湘雅… "
    assert fit("湘雅", 7, "center") == " 湘雅  "
    assert fit("湘雅", 6, "right") == "  湘雅"
    assert fit("湘", 1) == "…"
    assert fit("湘", 0) == ""
    assert fit("湘", -3) == ""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("：派车　ＣＳ－０１２", ":派车 cs-012"),
        ("28。19，112。98", "28.19,112.98"),
        ("、湘雅", "/湘雅"),
        ("／ＸＹ", "/xy"),
        ("“天心 区”", '"天心 区"'),
        ("HELP", "help"),
    ],
)
def test_typing_in_chinese_mode_is_folded(typed: str, meant: str) -> None:
    assert fold(typed) == meant
    assert fold(meant) == meant


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("湘雅二医院", {"xiangyaeryiyuan", "xyeyy", "xiangya2yiyuan", "xy2yy"}),
        ("长沙", {"changsha", "cs"}),
        ("长株潭", {"changzhutan", "czt"}),
        ("重庆路", {"chongqinglu", "cql"}),
        ("湘A·120急救", {"xianga120jijiu"}),
        ("CS-012", {"cs012"}),
    ],
)
def test_a_name_is_known_by_its_full_pinyin_and_initials(name: str, keys: set[str]) -> None:
    assert keys <= pinyin_keys(name)


def test_a_character_with_several_readings_is_found_by_each_usual_one() -> None:
    assert matches("xingzheng", ["行政中心"])
    assert matches("zhaoyang", ["朝阳路"])
    assert matches("chaoyang", ["朝阳路"])
    assert matches("lvdi", ["绿地"])
    assert not matches("zhangsha", ["长沙"])


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("湘雅二", "湘雅二医院"),
        ("二医院", "湘雅二医院"),
        ("xiangya", "湘雅二医院"),
        ("XIANGYA ER", "湘雅二医院"),
        ("xiangya2", "湘雅二医院"),
        ("xyey", "湘雅二医院"),
        ("ｘｙｅｙ", "湘雅二医院"),
        ("eryi", "湘雅二医院"),
        ("cs012", "CS-012"),
        ("CS－012", "CS-012"),
        ("second xiangya", "The Second Xiangya Hospital"),
    ],
)
def test_what_is_typed_finds_the_name(typed: str, name: str) -> None:
    assert matches(typed, [name])


@pytest.mark.parametrize("typed", ["", " ", "。", "ngya", "yxe", "三医院", "zzz"])
def test_what_does_not_fit_finds_nothing(typed: str) -> None:
    assert matches(typed, ["湘雅二医院"]) == 0


def test_better_fits_stand_higher() -> None:
    exact = matches("changsha", ["长沙"])
    beginning = matches("changsha", ["长沙市中心医院"])
    longer = matches("changsha", ["长沙市第一人民医院急诊中心"])
    initials = matches("cs", ["长沙市中心医院"])
    part = matches("zhongxin", ["长沙市中心医院"])
    assert exact > beginning > longer > initials > part > 0
    assert matches("changsha", ["浏阳", "长沙"]) == exact


@given(st.text(max_size=30), st.text(max_size=30))
def test_searching_never_fails(query: str, name: str) -> None:
    assert matches(query, [name]) >= 0
    assert all(key == fold(key) for key in pinyin_keys(name))
