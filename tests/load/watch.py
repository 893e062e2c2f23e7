"""What programs hold while they run: memory, file descriptors, threads, processor time, and their files.

A sample is a line of `samples.jsonl`, so that a run that is broken off can still be judged. Linux only.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.chaos.cities.journal import Journal
from tests.performance.processes import cpu_seconds

Pid = Callable[[], int | None]
FILE = "samples.jsonl"
_PAGE = os.sysconf("SC_PAGE_SIZE")


def held(pid: int) -> dict[str, float]:
    """Resident bytes, open file descriptors, threads and processor seconds of a process; OSError: gone."""
    resident = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * _PAGE
    tasks = len(list(Path(f"/proc/{pid}/task").iterdir()))
    descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return {"rss": resident, "fds": descriptors, "threads": tasks, "cpu_s": cpu_seconds(pid)}


def files(folder: Path) -> dict[str, float]:
    """Bytes of all databases below a folder, and of their write-ahead logs together and the largest one."""
    logs = [_size(one) for one in folder.rglob("*-wal")]
    databases = sum(_size(one) for one in folder.rglob("*.db"))
    return {"wal": sum(logs), "largest_wal": max(logs, default=0), "databases": databases}


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:  # closed meanwhile
        return 0


class Watch:
    """Takes a sample of every program added, each `every_s`."""

    def __init__(self, folder: Path, every_s: float) -> None:
        self._folder, self._every_s = folder, every_s
        self._programs: dict[str, Pid] = {}
        self._journal = Journal(folder / FILE)

    def add(self, name: str, pid: Pid) -> None:
        """`pid` is asked at each sample: a program may be started again."""
        self._programs[name] = pid

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            programs = {name: sample for name, pid in self._programs.items() if (sample := _sample(pid()))}
            self._journal.note("held", programs=programs, files=await asyncio.to_thread(files, self._folder))
            due += self._every_s
            await asyncio.sleep(max(0.0, due - loop.time()))


def _sample(pid: int | None) -> Mapping[str, float] | None:
    if pid is None:
        return None
    try:
        return held(pid)
    except (OSError, IndexError):
        return None
