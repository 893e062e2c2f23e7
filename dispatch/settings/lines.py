"""The line on which each key of a TOML text stands; tomllib itself forgets it."""

import re

KeyPath = tuple[str | int, ...]

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE = re.compile(rf"^\s*\[\s*({_DOTTED})\s*\]\s*(?:#.*)?$")
_ARRAY = re.compile(rf"^\s*\[\[\s*({_DOTTED})\s*\]\]\s*(?:#.*)?$")
_KEY = re.compile(rf"^\s*({_DOTTED})\s*=(.*)$")
_TOKEN = re.compile(r"""\"{3}|'{3}|"(?:\\.|[^"\\])*"|'[^']*'|\#.*|[\[\]{}]""")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Key path -> line from 1. Tables of an array carry their index: ("unit", 3, "station").

    A key inside an inline table or a list is found at the line on which its outer key begins.
    """
    lines: dict[KeyPath, int] = {(): 1}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    value = _Value()
    for number, line in enumerate(text.splitlines(), 1):
        if value.open:
            value.take(line)
        elif found := _ARRAY.match(line):
            array = _resolve(_parts(found[1]), counts)
            counts[array] = counts.get(array, 0) + 1
            lines.setdefault(array, number)
            table = (*array, counts[array] - 1)
            lines[table] = number
        elif found := _TABLE.match(line):
            table = _resolve(_parts(found[1]), counts)
            lines[table] = number
        elif found := _KEY.match(line):
            lines[(*table, *_parts(found[1]))] = number
            value.take(found[2])
    return lines


def line_of(lines: dict[KeyPath, int], key: KeyPath) -> int:
    """The line of a key, or of the nearest table around it."""
    while key not in lines:
        key = key[:-1]
    return lines[key]


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(_PART, dotted)]


def _resolve(parts: list[str], counts: dict[KeyPath, int]) -> KeyPath:
    """The path of a header; inside an array of tables it means the array's last table."""
    path: KeyPath = ()
    for place, part in enumerate(parts):
        path = (*path, part)
        if path in counts and place < len(parts) - 1:
            path = (*path, counts[path] - 1)
    return path


class _Value:
    """Follows a value over several lines, so that nothing inside it is taken for a key."""

    def __init__(self) -> None:
        self._depth = 0
        self._quotes = ""

    @property
    def open(self) -> bool:
        return self._depth > 0 or bool(self._quotes)

    def take(self, text: str) -> None:
        """Read one line of the value."""
        if self._quotes:
            _inside, ended, rest = text.partition(self._quotes)
            if not ended:
                return
            self._quotes, text = "", rest
        for token in _TOKEN.finditer(text):
            if token[0] in ('"""', "'''"):
                self._quotes = token[0]
                self.take(text[token.end() :])
                return
            self._depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
