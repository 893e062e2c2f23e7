"""Child processes of a bench: what they cost, and that none outlives it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
GOODBYE_S = 10.0
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def cpu_seconds(pid: int) -> float:
    """Processor time of a running process with all its threads; Linux only, OSError elsewhere."""
    after_name = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / _TICKS


def core_wait_ms(pid: int) -> float:
    """How long the main thread stood in line for a core that others used; 0 where the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[1]) / 1e6
    except (OSError, IndexError, ValueError):
        return 0.0


@contextmanager
def ended(process: subprocess.Popen[bytes], how: int = signal.SIGTERM) -> Iterator[subprocess.Popen[bytes]]:
    """The process for the length of a block; it is asked to end, then made to, and reaped."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(how)
        try:
            process.wait(GOODBYE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def python(module: str, *arguments: str) -> Sequence[str]:
    """The command that runs one of our modules."""
    return (sys.executable, "-m", module, *arguments)
