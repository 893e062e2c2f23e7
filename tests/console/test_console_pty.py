"""A real terminal: what an input method commits arrives as bytes at once, on every screen, and is no key."""

# ruff: noqa: RUF001 - full-width characters are what an input method sends

import contextlib
import fcntl
import json
import os
import pty
import random
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dispatch.console.screens import SCREENS_BY_NAME

ROOT = Path(__file__).parents[2]
PATIENCE_S = 300
QUIET_S = 1.0
"""A busy machine takes its time; a good one is through in seconds."""


class Terminal:
    """A pty of 80x24 with the console in it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        own = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
        self.program = subprocess.Popen(
            [sys.executable, "-m", "tests.console.pty_child", str(file)],
            stdin=follower, stdout=follower, stderr=follower, env={**os.environ, **own}, cwd=ROOT,
            start_new_session=True,
        )  # fmt: skip
        os.close(follower)
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self) -> None:
        with contextlib.suppress(OSError):
            while os.read(self.leader, 65536):
                pass

    def state(self) -> dict[str, object]:
        try:
            state: dict[str, object] = json.loads(self.file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return state

    def until(self, true: Callable[[dict[str, object]], bool], what: str) -> dict[str, object]:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            assert self.program.poll() is None, f"the console ended while {what} was awaited"
            state = self.state()
            if state and true(state):
                return state
            time.sleep(0.02)
        raise AssertionError(f"{what} did not come about: {self.state()}")

    def type(self, text: str) -> None:
        os.write(self.leader, text.encode())

    def commit(self, text: str) -> dict[str, object]:
        """Write all of a text at once, and wait until it has been heard and every key is settled."""
        before = int(str(self.state()["keys"]))
        self.type(text)
        return self.until(
            lambda state: int(str(state["keys"])) >= before + len(text) and not state["waiting"], f"{text!r}"
        )

    def goto(self, screen: str) -> None:
        time.sleep(QUIET_S)  # a colon in the wake of a text would be part of it
        self.type(":")
        self.until(lambda state: bool(state["line"]), "the command line")
        self.type(f"goto {screen}\r" if screen != "help" else "help\r")
        self.until(lambda state: state["screen"] == screen and state["open"] == 1, f"the screen {screen}")

    def end(self) -> None:
        if self.program.poll() is None:
            os.killpg(self.program.pid, signal.SIGKILL)
            self.program.wait()
        os.close(self.leader)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path / "state.json")
    opened.until(lambda state: bool(state["ready"]), "the first screen")
    yield opened
    opened.end()


def commits(seed: str) -> Iterator[str]:
    """One to twenty characters: Chinese, full-width digits, letters, signs, and letters of hot keys."""
    dice = random.Random(seed)
    others = "：／，。、！？（）１２３４５６７８９０ＡＢＣｎｑｒｃｚmnqrcz0123"
    for length in range(1, 21):
        chinese = [chr(dice.randint(0x4E00, 0x9FFF)) for _place in range(length)]
        if length > 1:
            for place in range(1, length, 2):
                chinese[place] = dice.choice(others)
        yield "".join(chinese)


@pytest.mark.slow
def test_what_an_input_method_commits_fires_no_key_on_any_screen(terminal: Terminal) -> None:
    acts = terminal.state()["acts"]
    for screen in SCREENS_BY_NAME:
        terminal.goto(screen)
        for text in commits(screen):
            state = terminal.commit(text)
            assert (state["screen"], state["open"], state["acts"]) == (screen, 1, acts), repr(text)


@pytest.mark.slow
def test_one_key_alone_is_heard_in_either_width(terminal: Terminal) -> None:
    for key in (":", "："):
        terminal.type(key)
        terminal.until(lambda state: bool(state["line"]), f"the command line by {key}")
        terminal.type("\x1b")
        terminal.until(lambda state: state["open"] == 1, "the way back")
