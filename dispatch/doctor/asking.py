"""Questions to a terminal: where its cursor stands tells how wide a character was drawn."""

import contextlib
import os
import re
import select
import termios
import time
import tty
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

_CURSOR = re.compile(rb"\x1b\[(\d+);(\d+)R")
_ATTRIBUTES = re.compile(rb"\x1b\[\?[\d;]*c")
_ERASE = b"\r\x1b[2K"


class Asker(Protocol):
    """Asks a terminal and returns the bytes of its answer; empty when none came in time."""

    def __call__(self, question: bytes, answer: re.Pattern[bytes]) -> bytes: ...


def answers(ask: Asker) -> bool:
    """Whether this terminal says what it is (DA1), as nearly all do."""
    return bool(ask(b"\x1b[c", _ATTRIBUTES))


def widths(ask: Asker, characters: Iterable[str]) -> dict[str, int]:
    """How many cells the terminal gives each character; those that it does not answer for are left out.

    Each is written at the beginning of the line the cursor stands in, and erased again.
    """
    found: dict[str, int] = {}
    for character in characters:
        said = ask(b"\r" + character.encode() + b"\x1b[6n", _CURSOR)
        place = _CURSOR.search(said)
        if place is None:
            break
        found[character] = int(place[2]) - 1
    ask(_ERASE, re.compile(rb""))
    return found


@contextmanager
def terminal(answer_s: float) -> Iterator[Asker | None]:
    """The terminal of this process, unbuffered and without echo inside the block; None: there is none."""
    try:
        device = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        with _unbuffered(device):
            yield lambda question, answer: _ask(device, question, answer, answer_s)
    finally:
        os.close(device)


@contextmanager
def _unbuffered(device: int) -> Iterator[None]:
    before = termios.tcgetattr(device)
    try:
        tty.setcbreak(device, termios.TCSANOW)
        yield
    finally:
        with contextlib.suppress(termios.error):
            termios.tcflush(device, termios.TCIFLUSH)  # a late answer must not be typed into the shell
            termios.tcsetattr(device, termios.TCSANOW, before)


def _ask(device: int, question: bytes, answer: re.Pattern[bytes], answer_s: float) -> bytes:
    os.write(device, question)
    if not answer.pattern:
        return b""
    said, until = b"", time.monotonic() + answer_s
    while (left := until - time.monotonic()) > 0 and not answer.search(said):
        ready, _writable, _failed = select.select([device], [], [], left)
        if not ready:
            break
        piece = os.read(device, 1024)
        if not piece:
            break
        said += piece
    return said if answer.search(said) else b""
