"""What `czt province` holds: 14 cities and 20,000 vehicles from outside processes, a broker each.

`python -m tests.performance.bench_province [--every 1] [--workers 0]` prints JSON. The view is the shipped
command with `--json`; its processor time and memory are read from /proc, workers included.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from dispatch.domain.geography import CityCode
from dispatch.feed.broker import EmbeddedBroker
from dispatch.settings import config_dir
from dispatch.settings.province import load_province

SETTLE_S = 12.0
TICK = os.sysconf("SC_CLK_TCK")


async def measure(units: int, every_s: float, workers: int, seconds: float) -> dict[str, Any]:
    """One run. `shown_oldest_s`: age of the oldest position of a unit that reports, as the view says it."""
    cities = [city.code for city in load_province().rules.city]
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="province-")))
        ports: dict[CityCode, int] = {}
        for city in cities:
            broker = EmbeddedBroker("auto", folder / city)
            stack.push_async_callback(broker.stop)
            ports[city] = (await broker.start()).port
        _write(folder / "config", ports)
        named = [f"{city}={port}" for city, port in ports.items()]
        load = ["-m", "tests.performance.province_load", str(-(-units // len(cities))), str(every_s), *named]
        process = await asyncio.create_subprocess_exec(sys.executable, *load)
        stack.push_async_callback(_end, process)
        await asyncio.sleep(SETTLE_S)
        return await _looked_at(folder / "config", workers, seconds)


async def _looked_at(config: Path, workers: int, seconds: float) -> dict[str, Any]:
    words = ["-m", "dispatch", "province", "--json", "--config", str(config)]
    words += ["--workers", str(workers), "--seconds", str(seconds + SETTLE_S)]
    view = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdout=asyncio.subprocess.PIPE, limit=4_194_304
    )
    assert view.stdout is not None
    begun, cpu_begun = 0, 0.0
    lines: list[list[dict[str, Any]]] = []
    async for line in view.stdout:
        said = json.loads(line)
        if begun == 0 and all(one["link"] == "up" for one in said) and len(lines) >= 3:
            begun, cpu_begun = len(lines), _cpu_s(view.pid)
        lines.append(said)
        cpu_s, memory = _cpu_s(view.pid), _memory_mb(view.pid)
        if begun and said[0]["at_ms"] - lines[begun][0]["at_ms"] >= seconds * 1000:
            break
    view.kill()
    await view.wait()
    first, last = lines[begun], lines[-1]
    passed_s = (last[0]["at_ms"] - first[0]["at_ms"]) / 1000
    messages = sum(one["messages"] for one in last) - sum(one["messages"] for one in first)
    oldest = [max((one["oldest_s"] or 0.0 for one in said), default=0.0) for said in lines[begun:]]
    return {
        "cities_up": sum(one["link"] == "up" for one in last),
        "units": sum(one["units"] for one in last),
        "silent": sum(one["silent"] for one in last),
        "refused": sum(one["refused"] for one in last),
        "coalesced": sum(one["coalesced"] for one in last),
        "messages_per_s": messages / passed_s,
        "cpu_share": (cpu_s - cpu_begun) / passed_s,
        "cpu_s_per_100k": (cpu_s - cpu_begun) / messages * 100_000,
        "memory_mb": memory,
        "shown_oldest_s_median": statistics.median(oldest),
        "shown_oldest_s_longest": max(oldest),
        "load_average": os.getloadavg()[0],
    }


def _write(folder: Path, ports: dict[CityCode, int]) -> None:
    folder.mkdir()
    text = (config_dir() / "province.toml").read_text("utf-8")
    for city, port in ports.items():
        text += f'\n[links.{city}]\nhost = "127.0.0.1"\nport = {port}\n'
    (folder / "province.toml").write_text(text, "utf-8")


async def _end(process: asyncio.subprocess.Process) -> None:
    process.terminate()
    await process.wait()


def _with_children(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from _with_children(int(child))


def _cpu_s(pid: int) -> float:
    """Processor seconds of a process and those it started that live."""
    total = 0
    for one in _with_children(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def _memory_mb(pid: int) -> float:
    pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in _with_children(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_048_576


def main() -> None:
    """Measure as asked and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=20_000)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two positions of a vehicle")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=30.0)
    given = parser.parse_args()
    found = asyncio.run(measure(given.units, given.every, given.workers, given.seconds))
    print(json.dumps({"every_s": given.every, "workers": given.workers, **found}, indent=1))


if __name__ == "__main__":
    main()
