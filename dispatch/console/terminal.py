"""What the terminal is asked before the console takes it over."""

import os
import re
import select
import sys
import termios
import time
import tty

WITHIN_S = 0.3
"""A terminal that does not answer by then does not know the question."""
_PROBE = "─"
_ANSWER = re.compile(rb"\x1b\[\d+;(\d+)R")


def ambiguous_is_wide(reads: int | None = None, writes: int | None = None) -> bool:
    """Whether the terminal draws characters of ambiguous width over two cells, by where its cursor goes.

    False where it does not say, or there is no terminal. `reads`, `writes`: file descriptors, by default
    those of standard input and output.
    """
    try:
        reads = sys.stdin.fileno() if reads is None else reads
        writes = sys.stdout.fileno() if writes is None else writes
        if not (os.isatty(reads) and os.isatty(writes)):
            return False
        before = termios.tcgetattr(reads)
    except (OSError, ValueError, termios.error):
        return False
    try:
        tty.setcbreak(reads)
        os.write(writes, f"\r{_PROBE}\x1b[6n".encode())
        return _column(reads) == 3
    except OSError:
        return False
    finally:
        termios.tcsetattr(reads, termios.TCSANOW, before)
        os.write(writes, b"\r\x1b[K")


def _column(reads: int) -> int:
    """The column that the terminal reports, 0 when it reports none in time."""
    heard, until = b"", time.monotonic() + WITHIN_S
    while (left := until - time.monotonic()) > 0:
        ready, _writable, _broken = select.select([reads], [], [], left)
        if not ready:
            break
        heard += os.read(reads, 64)
        if found := _ANSWER.search(heard):
            return int(found[1])
    return 0
