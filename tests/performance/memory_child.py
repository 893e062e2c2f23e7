"""How much memory so many of a thing take in a process of its own: `... memory_child WHAT COUNT`.

WHAT is "console" (units with their intake and picture), "dicts" (their messages as json.loads gives them),
"objects" (as pydantic models), or "audit" (rows appended to an audit log). Prints JSON: the bytes that came
to the process while all of them are held, and for "audit" those of the file.
"""

import asyncio
import gc
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.feed import topics
from dispatch.feed.intake import Intake
from dispatch.feed.link import LinkState
from dispatch.feed.quarantine import Quarantine
from dispatch.feed.transport import Received
from dispatch.settings import Configuration, load
from tests.audit.speed import WAITING, opened, write
from tests.performance.bench_decode import PydanticEnvelope, payload_of
from tests.performance.load import LoadedCity

CITIES = (CityCode("changsha"), CityCode("zhuzhou"), CityCode("xiangtan"))
WARM_ROWS = 2_000
_PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    """Bytes this process holds in memory now, without garbage."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE


def of_a_console(configuration: Configuration, count: int) -> int:
    """Of `count` units, a third in each city: announced, each with its state and a fix of its own sender."""
    picture, clock = configuration.new_picture(), SystemClock()
    intake = Intake(
        picture,
        clock=clock,
        limits=configuration.limits,
        quarantine=Quarantine(),
        drill=True,
        owntracks=configuration.trackers(drill=True),
        ask=lambda *_: None,
    )
    before = resident()
    for city, now_ms in _cities(configuration, count):
        code = city.city.code
        intake.link_changed(code, LinkState(True, clock.now(), 0, ""))
        snapshot = payload_of(city.snapshot(now_ms))
        intake.take(code, [Received(topics.snapshot(code, "units"), snapshot, False, now_ms)])
        for index, unit in enumerate(city.units):
            fix = payload_of(city.position(index, now_ms, 0))
            intake.take(code, [Received(topics.position(code, unit), fix, False, now_ms)])
    if intake.counters.applied < count:
        raise RuntimeError(f"{intake.counters.applied:,} things were applied, not {count:,}")
    return resident() - before


def of_messages(configuration: Configuration, count: int, form: Callable[[bytes], object]) -> int:
    """Of the last fix and the state of each unit, kept in a dict by unit as a plain program would."""
    before = resident()
    held: dict[str, object] = {}
    for city, now_ms in _cities(configuration, count):
        for index, unit in enumerate(city.units):
            held[unit] = form(payload_of(city.position(index, now_ms, 0)))
            held[f"{unit} state"] = json.loads(b'{"state": 7, "since": %d, "task": null}' % now_ms)
    taken = resident() - before
    if len(held) != 2 * count:
        raise RuntimeError(f"{len(held):,} things are held")
    return taken


def _cities(configuration: Configuration, count: int) -> Iterator[tuple[LoadedCity, int]]:
    for place, code in enumerate(CITIES):
        now_ms = epoch_ms(SystemClock().now())
        yield LoadedCity(configuration, code, count // 3 + (place < count % 3), now_ms - 3_600_000), now_ms


class Forgetful(list[float]):
    """Waits that nobody wants to know."""

    def append(self, _wait: float) -> None:
        """Keep nothing."""


def of_a_log(count: int) -> tuple[int, int]:
    """Memory that `count` rows leave in the process that wrote them, and bytes of the file."""
    with tempfile.TemporaryDirectory(prefix="czt-bench-") as folder:
        path = Path(folder) / "audit.db"
        asyncio.run(_rows(path, WARM_ROWS))  # what is loaded by the first rows is no row's
        before, size = resident(), path.stat().st_size
        asyncio.run(_rows(path, count))
        return resident() - before, path.stat().st_size - size


async def _rows(path: Path, count: int) -> None:
    log, each = opened(path), max(1, count // WAITING)
    await asyncio.gather(*(write(log, each, Forgetful()) for _ in range(WAITING)))
    await log.close()


def main(what: str, count: int) -> None:
    if what == "audit":
        memory, size = of_a_log(count)
        print(json.dumps({"memory": memory, "file": size}))
        return
    configuration = load()
    if what == "console":
        memory = of_a_console(configuration, count)
    else:
        form = json.loads if what == "dicts" else PydanticEnvelope.model_validate_json
        memory = of_messages(configuration, count, form)
    print(json.dumps({"memory": memory}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
