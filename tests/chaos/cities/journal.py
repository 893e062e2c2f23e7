"""A program's own account of what it did: one JSON line at a time, in the file when `note` returns.

Nothing is buffered in the program, so that a kill loses no line. Times are milliseconds since 1970 by the one
clock of the machine: lines of different programs can be compared. Where hosts are given wrong clocks, the rig
names the true difference of the steady count to 1970 in CZT_TRUE_ZERO_NS, and the journals go by that.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

Line = dict[str, Any]


TRUE_ZERO = "CZT_TRUE_ZERO_NS"


def true_zero_ns() -> int:
    """What is to be added to the steady count, asked of a program whose clock is right."""
    return time.time_ns() - time.monotonic_ns()


def now_ms() -> int:
    zero = os.environ.get(TRUE_ZERO)
    return (time.time_ns() if zero is None else time.monotonic_ns() + int(zero)) // 1_000_000


class Journal:
    """Appends to a file; several lives of a program write one after the other."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def note(self, did: str, **facts: object) -> None:
        """One line."""
        line = {"ms": now_ms(), "did": did, **facts}
        os.write(self._handle, json.dumps(line, ensure_ascii=False).encode() + b"\n")

    def close(self) -> None:
        os.close(self._handle)


def read_journal(file: Path) -> list[Line]:
    """Every line, oldest first; ValueError where one is torn. No file: nothing was done."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]
