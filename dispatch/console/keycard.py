"""The key card and command reference, made of the registry and the keymap; the help says the same."""

from collections.abc import Iterator
from dataclasses import dataclass

from dispatch import language as speech
from dispatch.console.commands import COMMANDS, GROUPS, Command, registry
from dispatch.console.commands.line import Registry
from dispatch.console.commands.navigation import SCREEN_TITLES
from dispatch.console.keymap import Keymap, load_keymap
from dispatch.console.present_units import state_text
from dispatch.console.symbols import symbols
from dispatch.domain.units import UnitState
from dispatch.language import N_, _
from dispatch.settings import config_file

_MOVING = (
    ("{up_down} PgUp PgDn", N_("move the cursor")),
    ("Enter", N_("go into the ranking; there, choose what the cursor is on")),
    ("Tab / Shift+Tab", N_("next or last pane or field")),
    ("Esc", N_("leave a dialog, the command line, the ranking")),
)


_TRADES = {"blood_staff": N_("In their place for blood centre staff")}
_STATE_LINES = frozenset(f"set {int(state)}" for state in UnitState)
"""The digits that set a state: ten keys, one row."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key and what it does; `screen` None: on every screen."""

    key: str
    line: str
    says: str
    screen: str | None = None


def moving_rows() -> list[tuple[str, str]]:
    """The keys that move, as this terminal can draw them, and what they do."""
    return [(keys.format(up_down=symbols().up_down), _(says)) for keys, says in _MOVING]


def key_rows(keymap: Keymap, known: Registry) -> Iterator[KeyRow]:
    """Every key of the keymap in its order, full-width twins left out."""
    tables = [(None, keymap.everywhere), *keymap.by_screen.items()]
    for screen, table in tables:
        all_ten = set(table.values()) >= _STATE_LINES
        for line in dict.fromkeys(table.values()):
            if all_ten and line in _STATE_LINES:
                if line == "set 0":
                    yield KeyRow("0-9", "set", _title("set", known), screen)
                continue
            keys = keymap.keys_only_on(line, screen) if screen else keymap.keys_everywhere(line)
            yield KeyRow("  ".join(keys), line, _title(line, known), screen)


def _title(line: str, known: Registry) -> str:
    words = line.split()
    command = known.named(words[0])
    if command is None:
        return line
    if words[0] == "goto":
        return _(SCREEN_TITLES[words[1]])
    if words[0] == "line" and len(words) > 1 and (opened := known.named(words[1])) is not None:
        return _(opened.title)
    if words[0] == "set" and words[-1].isdecimal():
        return f"{_(command.title)}{_(': ')}{state_text(UnitState(int(words[-1])))}"
    return _(command.title)


def command_rows(group: str) -> Iterator[type[Command]]:
    """The commands of one group, as the help lists them."""
    return (command for command in COMMANDS if command.group == group and command.listed)


def key_card(language: str, keymap: Keymap | None = None) -> str:
    """The whole card as Markdown in `language` ("zh_CN" or "en")."""
    known = registry()
    keys = keymap or load_keymap(config_file("keymap.toml"), known.names())
    before = speech.current()
    speech.use(language)
    try:
        return "\n".join(_lines(keys, known)) + "\n"
    finally:
        speech.use(before)


def _lines(keymap: Keymap, known: Registry) -> Iterator[str]:
    yield f"# {_('Keys and commands')}"
    yield ""
    yield _("Made by `czt keys`; do not edit.")
    yield ""
    yield from _table(
        _("Keys on every screen"), [(row.key, row.says) for row in key_rows(keymap, known) if not row.screen]
    )
    for trade in keymap.by_trade:
        rows = [(row.key, row.says) for row in key_rows(keymap.of(trade), known) if not row.screen]
        yield from _table(_(_TRADES[trade]), rows)
    yield from _table(_("Moving"), moving_rows())
    for screen in keymap.by_screen:
        rows = [(row.key, row.says) for row in key_rows(keymap, known) if row.screen == screen]
        yield from _table(_("Only on: {screen}", screen=_(SCREEN_TITLES[screen])), rows)
    yield f"## {_('Command line')}"
    yield ""
    yield _(
        "Open it with `:` (also `：`). Words in any order; Tab completes; Chinese, pinyin, initials work."
    )
    yield ""
    for group in GROUPS:
        yield f"### {_(group)}"
        yield ""
        for command in command_rows(group):
            verbs = ", ".join(command.verbs[1:])
            yield f"- `{command.usage()}` ({verbs}): {_(command.help)}" + (
                f" `{command.example}`" if command.example else ""
            )
        yield ""


def _table(title: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield f"| {_('Key')} | {_('Does')} |"
    yield "|---|---|"
    yield from (f"| {key} | {says} |" for key, says in rows)
    yield ""
