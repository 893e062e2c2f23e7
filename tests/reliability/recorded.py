"""The programs whose writes are recorded: `recorded.py WHAT FOLDER [careless]`.

Each does its usual work with the shipped code and notes, line by line, what it promised. `careless` leaves
out the syncs, as a wrong setting would: a power cut must then be seen to lose something.
"""

import asyncio
import os
import sys
from pathlib import Path
from unittest.mock import patch

from dispatch.audit import connection as connections
from dispatch.audit.log import AuditLog
from dispatch.centre.messages import Act, Commit, Input, Report, Request, Said, Tell
from dispatch.centre.store import Store
from dispatch.centre.vehicle import Vehicle
from dispatch.clock import SystemClock
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Asker, Job, RequestId, Token
from dispatch.domain.units import Unit, UnitId, UnitState
from tests.reliability.recording import ACKNOWLEDGED
from tests.unit.centre.centre_world import rules

CHANGSHA, NOW = CityCode("changsha"), 1_795_500_000_000
CONSOLE = Asker(CHANGSHA, "console-1")
UNITS = tuple(UnitId(f"CS-00{n}") for n in range(1, 5))
FLEET = tuple(Unit(id=unit, city=CHANGSHA) for unit in UNITS)
AUDIT, CENTRE, VEHICLE = "audit.db", "centre.db", "CS-001.json"
JOB = Job(
    incident=IncidentId("CS-1124-1001"),
    priority=Priority.URGENT,
    position=Position(lat=28.2, lon=112.97),
    place="五一广场 " * 60,
)
ROWS, ORDERS, TASKS = 60, 60, 60


class Promises:
    """A file of its own, written with one call a line, so that the recorder sees when it was said."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / ACKNOWLEDGED, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def say(self, *words: object) -> None:
        os.write(self._file, (" ".join(map(str, words)) + "\n").encode())


async def audit(folder: Path, promises: Promises) -> None:
    """Four consoles' worth of rows at once, twice, with a restart between."""
    for turn in range(2):
        log = AuditLog.open(folder / AUDIT, clock=SystemClock(), city=CHANGSHA, console="c", drill=True)

        async def write(writer: int, log: AuditLog = log, turn: int = turn) -> None:
            for number in range(ROWS):
                row = await log.append(
                    "drill.event", actor=f"w{writer}", detail={"n": number + turn, "pad": "x" * 3000}
                )
                promises.say(row.seq, row.hash)

        await asyncio.gather(*(write(writer) for writer in range(4)))
        await log.close()


async def centre(folder: Path, promises: Promises) -> None:
    """Orders asked for, committed, acknowledged and ended, twice, with a restart between."""
    for turn in range(2):
        store = open_centre(folder, NOW + turn * 1000)
        for number in range(ORDERS):
            unit, request = UNITS[number % len(UNITS)], RequestId(f"r{turn}-{number}")
            take(store, promises, Request(request, unit, CONSOLE, "li", JOB, NOW + 900_000), request)
            held = store.order(request)
            assert held is not None
            take(store, promises, Commit(request, unit, CONSOLE, "li", held.token), request)
            take(store, promises, Report(unit, request, held.token, Said.ACKNOWLEDGED), request)
            take(store, promises, Report(unit, request, held.token, Said.DONE, "completed"), request)
        store.close()


def open_centre(folder: Path, now_ms: int) -> Store:
    return Store.open(
        folder / CENTRE, city=CHANGSHA, node="centre", units=FLEET, rules=rules(), now_ms=now_ms, drill=True
    )


def take(store: Store, promises: Promises, said: Input, request: RequestId) -> None:
    store.take([said], NOW)
    order = store.order(request)
    assert order is not None
    promises.say(request, order.token.epoch, order.token.counter, order.state)


async def vehicle(folder: Path, promises: Promises) -> None:
    """Orders heard, acknowledged and ended, with states in between; the file is opened anew each time."""
    for number in range(1, TASKS + 1):
        one = Vehicle.open(folder / VEHICLE, UNITS[0])
        one.hear(Tell(UNITS[0], RequestId(f"r{number}"), Token(1, number), Act.GO, JOB))
        promise(one, promises)
        one.acknowledge()
        promise(one, promises)
        one.say_state(UnitState.EN_ROUTE, NOW)
        promise(one, promises)
        one.finish("completed")
        promise(one, promises)
        one.heard_states(one.states.number)


def promise(one: Vehicle, promises: Promises) -> None:
    assert one.task is not None
    promises.say(one.task.token.counter, one.task.state, one.states.number)


def main() -> None:
    what, folder = sys.argv[1], Path(sys.argv[2])
    full = connections._WRITER_PRAGMAS
    careless = [one.replace("FULL", "NORMAL") for one in full], lambda _file: None
    pragmas, sync = careless if "careless" in sys.argv else (full, os.fsync)
    with patch.object(connections, "_WRITER_PRAGMAS", pragmas), patch.object(os, "fsync", sync):
        asyncio.run({"audit": audit, "centre": centre, "vehicle": vehicle}[what](folder, Promises(folder)))


if __name__ == "__main__":
    main()
