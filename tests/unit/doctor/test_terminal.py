"""The terminal is asked, in a real pty, how wide it draws; what it says becomes findings with cures."""

import os
import pty
import re
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterator

import pytest

from dispatch.console.symbols import characters
from dispatch.doctor import terminal
from dispatch.doctor.finding import Finding, Level
from dispatch.doctor.rules import shipped_rules

RULES = shipped_rules()
ASKED = re.compile(rb"\r([^\r\x1b]*)\x1b\[6n|\x1b\[c|\r\x1b\[2K")
PROBE = """
import json, sys
from dispatch.doctor.asking import answers, terminal, widths
with terminal(float(sys.argv[2])) as ask:
    found = {"answers": answers(ask), "widths": widths(ask, sys.argv[1])}
sys.stderr.write(json.dumps(found) + "\\n")
"""


def cells(text: str, ambiguous: int) -> int:
    wide = {"W": 2, "F": 2, "A": ambiguous}
    return sum(wide.get(unicodedata.east_asian_width(char), 1) for char in text)


def probed(text: str, *, ambiguous: int = 1, mute: bool = False) -> dict[str, object]:
    """What is found at a terminal that draws ambiguous characters so wide; `mute`: it answers nothing."""
    leader, follower = pty.openpty()
    program = subprocess.Popen(
        [sys.executable, "-c", PROBE, text, "0.2" if mute else "60"],
        stdin=follower, stdout=follower, stderr=subprocess.PIPE, start_new_session=True,
        preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),
    )  # fmt: skip
    os.close(follower)

    def answer() -> None:
        waiting = b""
        while True:
            try:
                waiting += os.read(leader, 4096)
            except OSError:
                return
            while (asked := ASKED.search(waiting)) is not None:
                waiting = waiting[asked.end() :]
                if mute or asked[0] == b"\r\x1b[2K":
                    continue
                if asked[0] == b"\x1b[c":
                    os.write(leader, b"\x1b[?62;22c")
                else:
                    os.write(leader, b"\x1b[3;%dR" % (cells(asked[1].decode(), ambiguous) + 1))

    threading.Thread(target=answer, daemon=True).start()
    _out, said = program.communicate(timeout=120)
    os.close(leader)
    assert program.returncode == 0, said.decode()
    import json

    found: dict[str, object] = json.loads(said)
    return found


@pytest.mark.parametrize("ambiguous", [1, 2])
def test_a_terminal_is_measured_by_where_its_cursor_stands(ambiguous: int) -> None:
    found = probed("A中·—⣿", ambiguous=ambiguous)
    assert found == {
        "answers": True,
        "widths": {"A": 1, "中": 2, "·": ambiguous, "—": ambiguous, "⣿": 1},
    }


def test_a_terminal_that_answers_nothing_holds_nobody_up() -> None:
    assert probed("A中", mute=True) == {"answers": False, "widths": {}}


def test_chinese_that_is_not_two_cells_wide_is_a_fault_with_a_cure() -> None:
    found = terminal.wide_finding({"中": 1, "、": 2, "Ａ": 2}, "中、Ａ")  # noqa: RUF001
    assert (found.level, "中" in found.said, bool(found.cure)) == (Level.FAULT, True, True)


def test_wide_ambiguous_characters_name_the_set_of_symbols_that_is_left() -> None:
    measured = {char: 2 if unicodedata.east_asian_width(char) == "A" else 1
                for name in ("braille", "block") for char in characters(name)}  # fmt: skip
    found = terminal.ambiguous_finding({**measured, "中": 2})
    assert found.level is Level.WARNING
    assert found.facts["symbols"] == "ascii"
    assert '"ascii"' in found.cure
    assert terminal.ambiguous_finding(dict.fromkeys(measured, 1)).level is Level.GOOD


def looked(size: tuple[int, int] | None, **environment: str) -> dict[str, Finding]:
    def found() -> Iterator[Finding]:
        return terminal.look(RULES, None, size, environment)

    return {one.check: one for one in found()}


@pytest.mark.parametrize(
    ("size", "level"),
    [((79, 24), Level.FAULT), ((80, 23), Level.FAULT), ((80, 24), Level.NOTE), ((120, 36), Level.GOOD)],
)
def test_the_size_is_judged_by_the_smallest_screen_that_was_designed(
    size: tuple[int, int], level: Level
) -> None:
    assert looked(size, TERM="xterm-256color")["terminal.size"].level is level


def test_colours_go_by_what_the_terminal_says_of_itself() -> None:
    assert looked((120, 36), TERM="xterm", COLORTERM="truecolor")["terminal.colours"].level is Level.GOOD
    assert looked((120, 36), TERM="xterm-256color")["terminal.colours"].facts["colours"] == 256
    assert looked((120, 36), TERM="linux")["terminal.colours"].level is Level.WARNING
    assert looked((120, 36), TERM="xterm", NO_COLOR="1")["terminal.colours"].facts["colours"] == 1
    assert looked((120, 36), TERM="dumb")["terminal.kind"].level is Level.FAULT


def test_without_a_terminal_one_note_is_enough() -> None:
    assert [one.level for one in looked(None).values()] == [Level.NOTE]
