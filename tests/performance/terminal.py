"""A program in a terminal, 160x48 unless said, and how soon it paints what a key asks for."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence

from tests.performance.processes import ROOT, core_wait_ms

COLUMNS, LINES = 160, 48
NEVER = float("inf")
_ASKS_FOR_SYNC, _SYNC_IS_KNOWN = b"\x1b[?2026$p", b"\x1b[?2026;2$y"


class Terminal:
    """Runs a program on a pseudo terminal and reads what it paints as soon as it is there."""

    def __init__(self, command: Sequence[str], columns: int = COLUMNS, lines: int = LINES) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)
        self.painted_bytes = 0
        self.alone_ms: list[float] = []
        """The waits for a key's effect, each without what the program spent in line for a core."""
        self.last_words = b""

    def watch(self, seconds: float) -> bytes:
        """Read for so long; what was painted."""
        end, pieces = time.perf_counter() + seconds, []
        while (left := end - time.perf_counter()) > 0:
            pieces.append(self._read(left))
        return b"".join(pieces)

    def write(self, key: bytes) -> None:
        os.write(self._ours, key)

    def press(
        self, key: bytes, wanted: re.Pattern[bytes], before: bytes = b"", within_s: float = 3.0
    ) -> tuple[float, bytes]:
        """Press a key; milliseconds until `wanted` finds something else than `before`, and what it found.

        NEVER and `before` when it does not come in time.
        """
        return self._wait(key, wanted, before, within_s)

    def show(self, wanted: re.Pattern[bytes], within_s: float) -> bool:
        """Whether it paints `wanted` in time without being asked."""
        return self._wait(b"", wanted, b"", within_s)[0] != NEVER

    def _wait(
        self, key: bytes, wanted: re.Pattern[bytes], before: bytes, within_s: float
    ) -> tuple[float, bytes]:
        stood, begun = core_wait_ms(self.process.pid), time.perf_counter()
        if key:
            self.write(key)
        seen = b""
        while (left := begun + within_s - time.perf_counter()) > 0:
            seen += self._read(left)
            for found in wanted.findall(seen):
                if found != before:
                    waited_ms = (time.perf_counter() - begun) * 1000
                    self.alone_ms.append(waited_ms - (core_wait_ms(self.process.pid) - stood))
                    return waited_ms, found
        return NEVER, before

    def _read(self, within_s: float) -> bytes:
        """One read; nothing when nothing comes in time. RuntimeError when the program has ended."""
        ready, _, _ = select.select([self._ours], [], [], within_s)
        if not ready:
            return b""
        try:
            piece = os.read(self._ours, 65_536)
        except OSError:  # Linux says so when the other end is closed
            words = self.last_words.decode("utf-8", "replace")
            raise RuntimeError(f"the program in the terminal has ended: {words[-2000:]}") from None
        if _ASKS_FOR_SYNC in piece:
            os.write(self._ours, _SYNC_IS_KNOWN)
        self.painted_bytes += len(piece)
        self.last_words = (self.last_words + piece)[-4_096:]
        return piece

    def close(self) -> None:
        os.close(self._ours)
