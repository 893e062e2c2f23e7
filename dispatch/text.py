"""Text on its way to a terminal: made safe, measured in cells, folded for typing, found by pinyin.

Everything that came from outside passes `safe_text` before it is shown. Its result is plain text
for a Text or Content object: square brackets stay what they are and must never be parsed as markup.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

HIDDEN = "▯"
"""Stands for a character that must not reach a terminal."""

MARKS_KEPT = 2  # combining marks on one letter; Vietnamese and pinyin with tones need two

# What a terminal sets in cells the same way everywhere. Not here: right-to-left scripts (they
# reorder their neighbours), scripts that need shaping, invisible and over-wide characters,
# hexagrams and skin tones (width differs between Unicode editions), variation selectors, tags.
_KEPT = (
    (0x0020, 0x052F),  # Latin, IPA, combining marks, Greek, Cyrillic
    (0x1E00, 0x1FFF),  # Latin and Greek with marks
    (0x2010, 0x262F),  # punctuation, currency, letters as symbols, arrows, mathematics, boxes
    (0x2638, 0x2689),  # symbols, chess, cards
    (0x2690, 0x27FF),  # symbols, dingbats, arrows
    (0x2801, 0x2BFF),  # braille, arrows, mathematics
    (0x2E00, 0x2E39),  # punctuation
    (0x2E80, 0x2FDF),  # radicals
    (0x3000, 0x3163),  # CJK punctuation, kana, bopomofo, Hangul letters
    (0x3165, 0x4DBF),  # squared and circled CJK, extension A
    (0x4E00, 0xA4CF),  # CJK, Yi
    (0xAC00, 0xD7A3),  # Hangul
    (0xF900, 0xFAFF),  # CJK compatibility
    (0xFE10, 0xFE19),
    (0xFE30, 0xFE6F),
    (0xFF01, 0xFF9F),  # full width, half width
    (0xFFE0, 0xFFE6),
    (0x1F300, 0x1F3FA),  # emoji of one code point
    (0x1F400, 0x1F6FF),
    (0x1F900, 0x1F9FF),
    (0x20000, 0x3FFFD),  # CJK extensions B and on
)
_STARTS = [start for start, _end in _KEPT]
_INVISIBLE = frozenset({0x034F, 0x3164})  # in the ranges above, yet nothing is drawn for them
_KNOWN_LIMIT = 20_000  # a hostile sender shall not fill the memory with single characters


class _Shown(dict[int, str]):
    """Code point -> what is shown for it, worked out when first met."""

    def __missing__(self, code: int) -> str:
        shown = _shown(code)
        if len(self) < _KNOWN_LIMIT:
            self[code] = shown
        return shown


def _shown(code: int) -> str:
    if code < 0x20:
        return chr(0x2400 + code)  # ESC as ␛, newline as ␊
    if code == 0x7F:
        return "␡"
    char = chr(code)
    category = unicodedata.category(char)
    if category == "Zs":
        return char if code == 0x3000 else " "
    start, end = _KEPT[max(bisect_right(_STARTS, code) - 1, 0)]
    drawn = start <= code <= end and code not in _INVISIBLE
    return char if drawn and (category == "Mn" or category[0] in "LNPS") else HIDDEN


_SHOWN = _Shown()


def safe_text(text: object, limit: int = 200) -> str:
    """Any outside value as one line of at most `limit` characters that a terminal cannot obey.

    Controls become their pictures (ESC is ␛, newline ␊); bidi, zero-width, private, unassigned
    and right-to-left characters become ▯; a letter keeps two combining marks; a cut ends in "…".
    """
    string = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    if len(string) <= limit and string.isascii() and string.isprintable():
        return string
    head = string[: 4 * limit]  # composing joins at most four code points
    return _safe_line(head, len(head) < len(string), limit)


@lru_cache(8192)
def _safe_line(head: str, was_cut: bool, limit: int) -> str:
    line = _stacked(unicodedata.normalize("NFC", head).translate(_SHOWN))
    return line[: limit - 1] + "…" if was_cut or len(line) > limit else line


def _stacked(line: str) -> str:
    """Only letters carry marks, and only MARKS_KEPT of them; a mark on nothing is shown as ▯."""
    kept: list[str] = []
    marks, on_letter = 0, False
    for char in line:
        category = unicodedata.category(char)
        if category != "Mn":
            kept.append(char)
            marks, on_letter = 0, category[0] == "L"
        elif not on_letter:
            kept.append(HIDDEN)
        elif marks < MARKS_KEPT:
            kept.append(char)
            marks += 1
    return "".join(kept)


@lru_cache(8192)
def cell_width(text: str) -> int:
    """Terminal cells that a safe text takes; ambiguous characters count one."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


@lru_cache(_KNOWN_LIMIT)
def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cc", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


@lru_cache(16384)
def fit(
    text: str, width: int, align: Literal["left", "right", "center"] = "left", ellipsis: str = "…"
) -> str:
    """A safe text in exactly `width` cells: filled with spaces, or cut and ended by `ellipsis`."""
    if cell_width(text) > width:
        mark = ellipsis if cell_width(ellipsis) <= width else ""
        text = _cut(text, width - cell_width(mark)) + mark
    spare = max(width - cell_width(text), 0)
    left = {"left": 0, "right": spare, "center": spare // 2}[align]
    return " " * left + text + " " * (spare - left)


def _cut(text: str, width: int) -> str:
    """The longest beginning of `text` that takes at most `width` cells; marks stay on their letter."""
    used = 0
    for index, char in enumerate(text):
        used += _char_width(char)
        if used > width:
            return text[:index]
    return text


@lru_cache(8192)
def fit_end(text: str, width: int, ellipsis: str = "…") -> str:
    """A safe text in at most `width` cells; one that is too long loses its beginning, said by `ellipsis`."""
    if cell_width(text) <= width:
        return text
    mark = ellipsis if cell_width(ellipsis) <= width else ""
    room, kept = width - cell_width(mark), ""
    for char in reversed(text):
        room -= _char_width(char)
        if room < 0:
            break
        kept = char + kept
    return mark + kept


@lru_cache(8192)
def on_two_lines(text: str, width: int) -> tuple[str, str]:
    """A safe text in two parts, of which the first takes at most `width` cells.

    Broken at a space or beside a wide character, never within a number or a word of Latin letters: half a
    number reads as another one. One that cannot be broken so is left whole, for `fit` to cut in plain sight.
    """
    first = _cut(text, width)
    if first == text:
        return text, ""
    for at in range(len(first), 0, -1):
        beside = text[at - 1], text[at]
        if 2 * cell_width(text[:at]) < width:
            break
        if " " in beside or not all(char.isascii() for char in beside):
            return text[:at].rstrip(), text[at:].lstrip()
    return text, ""


def whole_parts(text: str, width: int) -> str:
    """The parts of a line, parted by two spaces or more, of which as many as fit are there whole."""
    kept = ""
    for part in re.split(r"(?<=\S)(?=\s{2,})", text):
        if cell_width(kept + part) > width:
            break
        kept += part
    return kept


def fit_parts(text: str, width: int, between: str) -> str:
    """As many parts of a list as fit in `width` cells, whole, and how many more there are: "a; b +1".

    Where not even the first fits it is left to be cut.
    """
    if cell_width(text) <= width:
        return text
    parts = text.split(between)
    for left_out in range(1, len(parts)):
        shorter = f"{between.join(parts[:-left_out])} +{left_out}"
        if cell_width(shorter) <= width:
            return shorter
    return text


def packed(parts: Iterable[str], width: int, between: str = "   ") -> list[str]:
    """Parts side by side on as few lines of `width` cells as they need, none cut that fits on a line."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}{between}{part}" if lines else part
        if lines and cell_width(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def hanging(text: str, width: int, indent: int = 6) -> list[str]:
    """A safe text on lines of `width` cells, broken at spaces; the later ones are indented."""
    lines = [text[: len(text) - len(text.lstrip())]]
    for space, word in re.findall(r"(\s*)(\S+)", text.strip()):
        longer = f"{lines[-1]}{space}{word}"
        if cell_width(longer) <= width or not lines[-1].strip():
            lines[-1] = longer
        else:
            lines.append(" " * indent + word)
    return lines


_TYPED = str.maketrans({"。": ".", "、": "/", "“": '"', "”": '"', "\u2018": "'", "\u2019": "'"})
_NUMERALS = str.maketrans("一二三四五六七八九", "123456789")


@lru_cache(8192)
def fold(text: str) -> str:
    """What was typed, whatever the input method was in: half width, lower case, `。` `.` and `、` `/`."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded).translate(_TYPED)


def _key(text: str) -> str:
    """The letters and digits of a folded text, for comparing names."""
    return "".join(char for char in fold(text) if char.isalnum())


@lru_cache(8192)
def _readings(text: str) -> tuple[tuple[str, ...], ...]:
    """The syllables of a name in every usual reading, the most usual first.

    Other readings of a character are tried one at a time: names with two unusual ones are rare.
    """
    key = _key(text)
    if key.isascii():
        return ((key,),) if key else ()
    from pypinyin import Style, lazy_pinyin, pinyin  # slow to import

    usual = [_key(syllable) for syllable in lazy_pinyin(key)]
    found = {tuple(usual): None}
    for place, others in enumerate(pinyin(key, style=Style.NORMAL, heteronym=True)):
        for other in others:
            found[*usual[:place], _key(other), *usual[place + 1 :]] = None
    found[tuple(map(_key, lazy_pinyin(key.translate(_NUMERALS))))] = None  # 湘雅二 typed as xiangya2
    return tuple(found)


@lru_cache(8192)
def pinyin_keys(text: str) -> frozenset[str]:
    """Full pinyin and initials of a name in every usual reading: "xiangyayiyuan", "xyyy"."""
    readings = _readings(text)
    full = {"".join(syllables) for syllables in readings}
    return frozenset(full | {_initials(syllables) for syllables in readings})


def _initials(syllables: tuple[str, ...]) -> str:
    """First letters; digits stay whole, so that 湘A120 is found by "xa120"."""
    return "".join(s if any(char.isdigit() for char in s) else s[:1] for s in syllables)


_EXACT, _PREFIX, _INITIALS, _WITHIN = 400, 300, 200, 100


def matches(query: str, names: Iterable[str]) -> int:
    """How well the best of `names` fits what was typed; 0 does not, higher is better.

    Exact beats beginning beats initials beats a part, in Chinese, Latin letters or pinyin; at the
    same rank the name that is covered more by the query wins.
    """
    wanted = _key(query)
    return max((_match(wanted, name) for name in names), default=0) if wanted else 0


@lru_cache(16384)
def _match(wanted: str, name: str) -> int:
    readings = _readings(name) if wanted.isascii() else ()
    spellings = {_key(name)} | {"".join(syllables) for syllables in readings}
    initials = {_initials(syllables) for syllables in readings if len(syllables) > 1}
    parts = {"".join(syllables[start:]) for syllables in readings for start in range(1, len(syllables))}
    found = [(_EXACT if spelling == wanted else _PREFIX, spelling) for spelling in _begin(spellings, wanted)]
    found += [(_INITIALS, letters) for letters in _begin(initials, wanted)]
    found += [(_WITHIN, part) for part in _begin(parts, wanted)]
    found += [(_WITHIN, whole) for whole in {_key(name)} | initials if wanted in whole]
    return max((rank + 99 * len(wanted) // len(spelling) for rank, spelling in found), default=0)


def _begin(spellings: set[str], wanted: str) -> list[str]:
    return [spelling for spelling in spellings if spelling.startswith(wanted)]


_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decoded(raw: bytes) -> tuple[str, str] | None:
    """Text and encoding of another program's table: by its mark, else UTF-8, else GB18030, else None."""
    marked = [name for mark, name in _MARKS if raw.startswith(mark)]
    for encoding in marked or ["utf-8", "gb18030"]:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    return None
