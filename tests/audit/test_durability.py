"""What was acknowledged survives the death of the process; what was not is no half row.

CZT_KILLS sets how many writers are killed (25 here; 1,000 before a release).
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dispatch.audit.read import rows
from dispatch.audit.verify import verify

KILLS = int(os.environ.get("CZT_KILLS", "25"))

WRITER = """
import asyncio, resource, signal, sys
from pathlib import Path
from dispatch.audit.log import AuditLog
from dispatch.clock import SystemClock
from dispatch.domain.errors import AuditUnavailable

if len(sys.argv) > 2:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))

async def write(log, writer):
    number = 0
    while True:
        row = await log.append("drill.event", actor=f"w{writer}", detail={"n": number, "pad": "x" * 300})
        sys.stdout.write(f"{row.seq} {row.hash}\\n")
        sys.stdout.flush()
        number += 1

async def main():
    log = AuditLog.open(Path(sys.argv[1]), clock=SystemClock(), city="changsha", console="c")
    try:
        await asyncio.gather(*(write(log, n) for n in range(8)))
    except AuditUnavailable as error:
        print("refused", error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        row = await log.append("drill.event", actor="after")
        print(row.seq, row.hash)
        await log.close()

asyncio.run(main())
"""


def start(path: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), *arguments], stdout=subprocess.PIPE, text=True
    )


def acknowledged(lines: list[str]) -> dict[int, str]:
    """Sequence number -> hash of every row whose whole line arrived."""
    whole = [line.split() for line in lines if line.endswith("\n") and not line.startswith("refused")]
    return {int(seq): digest for seq, digest in whole}


@pytest.mark.slow
def test_killed_writers_lose_nothing_they_acknowledged(path: Path) -> None:
    chance = random.Random(20260302)
    promised: dict[int, str] = {}
    for _ in range(KILLS):
        writer = start(path)
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(chance.uniform(0, 0.15))
        writer.send_signal(signal.SIGKILL)
        promised |= acknowledged([first, *writer.stdout.readlines()])
        writer.wait()
        writer.stdout.close()
        result = verify(path)
        assert result.ok, result.lines("en")
        kept = {row.seq: row.hash for row in rows(path)}
        lost = {seq for seq, digest in promised.items() if kept.get(seq) != digest}
        assert not lost
    assert len(promised) > KILLS


def test_a_file_that_may_not_grow_stops_the_writer_cleanly(path: Path) -> None:
    writer = start(path, str(600_000))
    output, _nothing = writer.communicate(timeout=60)
    lines = output.splitlines(keepends=True)
    assert writer.returncode == 0
    assert any(line.startswith("refused the audit log cannot be written") for line in lines)
    result = verify(path)
    assert result.ok, result.lines("en")
    promised = acknowledged(lines)
    assert {row.seq: row.hash for row in rows(path)}.items() >= promised.items()
    assert "after" in {row.actor for row in rows(path)}
