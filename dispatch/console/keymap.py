"""Which key gives which command line: read from config/keymap.toml and checked for conflicts."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from dispatch.causes import cause
from dispatch.domain.errors import BadConfiguration

EVERYWHERE = "everywhere"
SCREENS = (
    "incidents", "units", "bloodwork", "blood", "holds", "moves", "map", "alarms", "aids", "claims",
    "quarantine", "drill", "help",
)  # fmt: skip
TRADES = ("blood_staff",)
"""Tables that stand in the place of [everywhere] where somebody of that trade sits."""
IMPOSSIBLE = {
    "ctrl+m": "a terminal sends Enter for it",
    "ctrl+i": "a terminal sends Tab for it",
    "ctrl+h": "a terminal sends Backspace for it",
    "ctrl+enter": "terminals do not tell it from Enter",
    "shift+enter": "terminals do not tell it from Enter",
}
TAKEN = frozenset({"enter", "tab", "shift+tab", "escape", "up", "down", "left", "right", "space"})
"""Keys that move within a screen: no command may stand on them."""

_FULL_WIDTH_ZERO = 0xFF10
_TWINS = {
    "colon": "fullwidth_colon",
    "slash": "fullwidth_solidus",
    **{str(digit): chr(_FULL_WIDTH_ZERO + digit) for digit in range(10)},
}
"""What a Chinese input method sends for a key that was typed in full width."""
_SPOKEN = {"colon": ":", "slash": "/", "pageup": "PgUp", "pagedown": "PgDn", "plus": "+", "minus": "-"}
_KEY_LINE = re.compile(r'^\s*"?(?P<key>[^"=\s]+)"?\s*=')


@dataclass(frozen=True)
class Keymap:
    """Key -> command line, everywhere and per screen. `file` is named in complaints."""

    everywhere: dict[str, str]
    by_screen: dict[str, dict[str, str]] = field(default_factory=dict)
    file: str = "keymap.toml"
    by_trade: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, trade: str) -> "Keymap":
        """The keys of a trade; of one without a table of its own, these."""
        return replace(self, everywhere=self.by_trade.get(trade, self.everywhere))

    def line(self, key: str, screen: str) -> str | None:
        """The command line that `key` gives on `screen`; None when it gives nothing there."""
        return self.by_screen.get(screen, {}).get(key) or self.everywhere.get(key)

    def keys(self) -> frozenset[str]:
        """Every key that gives a command somewhere, full-width twins included."""
        return frozenset(self.everywhere).union(*self.by_screen.values(), *self.by_trade.values())

    def keys_of(self, line: str, screen: str) -> tuple[str, ...]:
        """The keys, as printed on a key, that give exactly this command line on a screen."""
        return self.keys_everywhere(line) + self.keys_only_on(line, screen)

    def keys_anywhere(self, line: str) -> tuple[str, ...]:
        """The keys that give this command line on some screen, those of every screen first."""
        tables = (self.everywhere, *self.by_screen.values())
        return tuple(key for table in tables for key in _names_for(line, table))

    def keys_only_on(self, line: str, screen: str) -> tuple[str, ...]:
        """The keys that give this command line on one screen and nowhere else."""
        return _names_for(line, self.by_screen.get(screen, {}))

    def keys_everywhere(self, line: str) -> tuple[str, ...]:
        """The keys that give this command line on every screen."""
        return _names_for(line, self.everywhere)


def _names_for(line: str, table: dict[str, str]) -> tuple[str, ...]:
    twins = set(_TWINS.values())
    return tuple(key_name(key) for key, given in table.items() if given == line and key not in twins)


def is_text_key(key: str) -> bool:
    """Whether a key types a character, so that an input method may send it as part of a text."""
    return "+" not in key and not re.fullmatch(r"f\d+|insert|delete|home|end|pageup|pagedown|backspace", key)


def key_name(key: str) -> str:
    """A key as a person reads it: "f7" -> "F7", "ctrl+t" -> "Ctrl+T", "colon" -> ":"."""
    parts = [_SPOKEN.get(part, part) for part in key.split("+")] if key != "plus" else ["+"]
    return "+".join(part if len(part) == 1 and len(parts) == 1 else part.capitalize() for part in parts)


def load_keymap(path: Path, verbs: Iterable[str]) -> Keymap:
    """Read a keymap; `verbs` are the command names it may use. Raises BadConfiguration."""
    text = path.read_text(encoding="utf-8")
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise BadConfiguration(path.name, int(found[1]) if found else 1, cause(error)) from None
    return _Reader(path.name, text, frozenset(verbs)).keymap(tables)


class _Reader:
    """Checks one keymap file and names the line of what is wrong."""

    def __init__(self, file: str, text: str, verbs: frozenset[str]) -> None:
        self.file, self.lines, self.verbs = file, text.splitlines(), verbs

    def keymap(self, tables: dict[str, object]) -> Keymap:
        read: dict[str, dict[str, str]] = {}
        for name, table in tables.items():
            if name == "edition":
                continue
            known = (EVERYWHERE, *TRADES, *SCREENS)
            if name not in known or not isinstance(table, dict):
                raise self.bad(f"[{name}]", f"[{name}] is not one of {', '.join(known)}")
            read[name] = {key: self.checked(key, line) for key, line in table.items()}
        everywhere = read.pop(EVERYWHERE, {})
        by_trade = {trade: read.pop(trade) for trade in TRADES if trade in read}
        for screen, table in read.items():
            for whole in (everywhere, *by_trade.values()):
                for key in table.keys() & whole.keys():
                    raise self.bad(key, f"{key} on [{screen}] already gives {whole[key]!r} everywhere")
        for table in (everywhere, *by_trade.values(), *read.values()):
            table.update({twin: table[key] for key, twin in _TWINS.items() if key in table})
        return Keymap(everywhere, read, self.file, by_trade)

    def checked(self, key: str, line: object) -> str:
        if key in IMPOSSIBLE:
            raise self.bad(key, f"{key} cannot be used: {IMPOSSIBLE[key]}")
        if key in TAKEN:
            raise self.bad(key, f"{key} moves within a screen and cannot give a command")
        if not isinstance(line, str) or not line.strip():
            raise self.bad(key, f"{key} must give a command line in quotes")
        verb = line.split()[0]
        if verb not in self.verbs:
            raise self.bad(
                key, f"{key} gives {verb!r}, which is no command; there are {', '.join(sorted(self.verbs))}"
            )
        return line

    def bad(self, key: str, message: str) -> BadConfiguration:
        """A complaint that names the last line where `key` stands."""
        number = 1
        for index, line in enumerate(self.lines, 1):
            found = _KEY_LINE.match(line)
            if (found and found["key"] == key) or line.strip() == key:
                number = index
        return BadConfiguration(self.file, number, message)
