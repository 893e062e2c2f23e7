"""How a command is reached from the main screen by keys alone: the fewest of them."""

from dispatch.console.keymap import Keymap, key_name

START = "incidents"
MOST = 3
"""More keys than this nobody remembers: the command line is then the way."""


def reach(keymap: Keymap, start: str = START) -> dict[str, tuple[str, ...]]:
    """Command name -> the keys to press, as they are printed, for every command that stands on a key."""
    ways = screens(keymap, start)
    found: dict[str, tuple[str, ...]] = {}
    for screen, before in sorted(ways.items(), key=lambda way: len(way[1])):
        for key, line in _lines(keymap, screen):
            name = _command(line)
            if name not in found or len(found[name]) > len(before) + 1:
                found[name] = (*before, key_name(key))
    return found


def screens(keymap: Keymap, start: str = START) -> dict[str, tuple[str, ...]]:
    """Screen -> the keys that lead there."""
    ways: dict[str, tuple[str, ...]] = {start: ()}
    new = [start]
    while new:
        here = new.pop(0)
        for key, line in _lines(keymap, here):
            there = _screen(line)
            if there and there not in ways:
                ways[there] = (*ways[here], key_name(key))
                new.append(there)
    return ways


def _lines(keymap: Keymap, screen: str) -> list[tuple[str, str]]:
    return [*keymap.everywhere.items(), *keymap.by_screen.get(screen, {}).items()]


def _screen(line: str) -> str:
    """The screen that a command line goes to; empty when it stays."""
    words = line.split()
    if words[0] == "goto" and len(words) == 2:
        return words[1]
    return "help" if words == ["help"] else ""


def _command(line: str) -> str:
    """The command that a line gives, or begins to type: `line note` is a note."""
    words = line.split()
    return words[1] if words[0] == "line" and len(words) > 1 else words[0]
