"""How fast the audit log writes, opens and is verified: `python -m tests.audit.speed [ROWS]`."""

import asyncio
import sys
import tempfile
import threading
import time
from pathlib import Path

from dispatch.audit.checkpoint import origin_of
from dispatch.audit.log import AuditLog
from dispatch.audit.verify import verify
from dispatch.audit.witness import WitnessBook
from dispatch.centre.evidence_own import OwnLog
from dispatch.clock import SystemClock
from dispatch.domain.geography import CityCode
from tests.audit.signing import city_keys

DETAIL = {"incident": "CS-1124-0012", "rank": 1, "eta_s": 480, "reasons": ["nearest", "advanced"]}
WAITING = 100
EVERY_S = 0.1
ORIGIN = origin_of("changsha", "console-1", drill=False)
KEYS = city_keys("changsha")


def opened(path: Path) -> AuditLog:
    return AuditLog.open(path, clock=SystemClock(), city=CityCode("changsha"), console="console-1")


def sign_often(path: Path, folder: Path, stop: threading.Event) -> int:
    """What a centre does each minute, many times as often."""
    own, count = OwnLog(path, WitnessBook(folder / "witness.db"), KEYS.log, ORIGIN), 0
    while not stop.wait(EVERY_S):
        count += bool(own.sign(count))
    return count


async def write(log: AuditLog, count: int, waits_ms: list[float]) -> None:
    for _ in range(count):
        begun = time.perf_counter()
        await log.append("unit.chosen", actor="op-7", target="CS-012", detail=DETAIL)
        waits_ms.append((time.perf_counter() - begun) * 1000)


def measured(what: str, rows: int, seconds: float, waits_ms: list[float]) -> None:
    waits_ms.sort()
    p99 = waits_ms[len(waits_ms) * 99 // 100] if waits_ms else 0
    print(
        f"| {what} | {rows / seconds:,.0f} rows/s | {p99:.1f} ms |"
        if waits_ms
        else f"| {what} | {rows / seconds:,.0f} rows/s | |"
    )


async def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.sqlite"
        log = opened(path)
        print("| | throughput | p99 |\n|---|---|---|")
        waits: list[float] = []
        begun = time.perf_counter()
        await write(log, rows // 10, waits)
        measured("one at a time", rows // 10, time.perf_counter() - begun, waits)
        waits = []
        begun = time.perf_counter()
        await asyncio.gather(*(write(log, rows // WAITING, waits) for _ in range(WAITING)))
        measured(f"{WAITING} waiting at once", rows, time.perf_counter() - begun, waits)
        waits = []
        stop = threading.Event()
        signing = asyncio.create_task(asyncio.to_thread(sign_often, path, Path(folder), stop))
        begun = time.perf_counter()
        await asyncio.gather(*(write(log, rows // WAITING, waits) for _ in range(WAITING)))
        measured(f"the same, a checkpoint each {EVERY_S} s", rows, time.perf_counter() - begun, waits)
        stop.set()
        print(f"| {await signing} checkpoints meanwhile | | |")
        begun = time.perf_counter()
        again = OwnLog(path, WitnessBook(Path(folder) / "again.db"), KEYS.log, ORIGIN)
        again.sign(1)
        print(f"| first checkpoint after a start | | {(time.perf_counter() - begun) * 1000:.0f} ms |")
        await log.close()
        begun = time.perf_counter()
        result = verify(path)
        measured("verify", result.rows, time.perf_counter() - begun, [])
        begun = time.perf_counter()
        opened(path).close_now()
        print(f"| open a log of {result.rows:,} rows | | {(time.perf_counter() - begun) * 1000:.0f} ms |")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
