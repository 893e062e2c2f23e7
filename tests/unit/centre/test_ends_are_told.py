"""The end of a decision is told, even where the console died after it had written it down."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from dispatch.centre.asking import Asked
from dispatch.centre.messages import Answer
from dispatch.centre.requester import OnChange, Requester
from dispatch.clock import SystemClock
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Asker, Job, OrderState, RequestId, Step
from dispatch.domain.units import UnitId
from dispatch.feed.link import Link

CITY, UNIT = CityCode("changsha"), UnitId("CS-001")
JOB = Job(
    incident=IncidentId("CS-1124-1001"),
    priority=Priority.URGENT,
    position=Position(lat=28.2, lon=112.9),
    place="五一广场",
)


class Died(Exception):
    """The program ended in the middle of telling."""


class Wire:
    """Takes everything; nobody answers."""

    async def publish(self, topic: str, kind: str, data: object, **more: Any) -> None:
        return


def opened(folder: Path, on_change: OnChange) -> Requester:
    return Requester.open(
        folder / "requests.db",
        {CITY: cast("Link", Wire())},
        home_city=CITY,
        node="console-1",
        clock=SystemClock(),
        on_change=on_change,
    )


@asynccontextmanager
async def running(requester: Requester) -> AsyncIterator[None]:
    task = asyncio.create_task(requester.run())
    yield
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await requester.close()


def denied(request: RequestId) -> Answer:
    return Answer(Asker(CITY, "console-1"), request, UNIT, (Step(OrderState.DENIED, 1, "unit_held"),))


async def test_a_refusal_that_was_written_and_not_told_is_told_after_the_next_start(tmp_path: Path) -> None:
    def die(asked: Asked) -> None:
        if asked.settled:
            raise Died

    told: list[OrderState] = []
    first = opened(tmp_path, die)
    request = await first.ask(CITY, UNIT, JOB, "wang")
    with pytest.raises(Died):
        await first._hear_one(first.asked[request], denied(request))
    await first.close()

    async with running(opened(tmp_path, lambda asked: told.append(asked.state))):
        pass
    assert told == [OrderState.DENIED]

    async with running(opened(tmp_path, lambda asked: told.append(asked.state))):
        pass
    assert told == [OrderState.DENIED], "it was told, and is not told for ever"


async def test_that_a_centre_knows_an_end_otherwise_is_told_too(tmp_path: Path) -> None:
    """As one does that was restored from a backup made before that end."""
    told: list[bool] = []
    requester = opened(tmp_path, lambda asked: told.append(asked.contradicted))
    request = await requester.ask(CITY, UNIT, JOB, "wang")
    for at_ms in (1, 2):
        other = replace(denied(request), steps=(Step(OrderState.DENIED, at_ms, "unit_held"),))
        await requester._hear_one(requester.asked[request], other)
    assert told == [False, False, True]
    await requester.close()
    async with running(opened(tmp_path, lambda _asked: told.append(True))):
        pass
    assert told == [False, False, True], "it was told, and counts as settled in the file"


class SlowDisk:
    """Notes what was done to the file, and in which order."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def execute(self, statement: str, values: object) -> None:
        time.sleep(0.2)
        self.done.append("written")

    def close(self) -> None:
        self.done.append("closed")


async def test_the_file_is_not_closed_under_a_write_that_was_cancelled(tmp_path: Path) -> None:
    disk, requester = SlowDisk(), opened(tmp_path, lambda _asked: None)
    requester._file._connection.close()
    requester._file._connection = cast("Any", disk)
    asking = asyncio.create_task(requester.ask(CITY, UNIT, JOB, "wang"))
    await asyncio.sleep(0.05)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await requester.close()
    await asyncio.sleep(0.3)
    assert disk.done == ["written", "closed"]


class CountingDisk:
    """Lets writes through, slowly, and counts the commits."""

    def __init__(self, real: sqlite3.Connection) -> None:
        self.real, self.commits = real, 0

    def execute(self, statement: str, *values: object) -> object:
        if not statement.startswith(("BEGIN", "ROLLBACK", "SELECT")):
            time.sleep(0.02)
            self.commits += 1
        return self.real.execute(statement, *values)  # type: ignore[arg-type]

    def executemany(self, statement: str, values: object) -> object:
        return self.real.executemany(statement, values)  # type: ignore[arg-type]

    @property
    def in_transaction(self) -> bool:
        return self.real.in_transaction

    def close(self) -> None:
        self.real.close()


async def test_decisions_that_wait_at_one_moment_are_one_write_and_all_of_them_are_kept(
    tmp_path: Path,
) -> None:
    requester = opened(tmp_path, lambda _asked: None)
    disk = CountingDisk(requester._file._connection)
    requester._file._connection = cast("Any", disk)
    requests = await asyncio.gather(*(requester.ask(CITY, UNIT, JOB, "wang") for _ in range(40)))
    assert disk.commits <= 3
    disk.commits = 0
    for one in requests:
        requester._heard.put_nowait(denied(one))
    hearing = asyncio.create_task(requester._hear())
    while not all(one.settled for one in requester.asked.values()):  # noqa: ASYNC110 - it sets no event
        await asyncio.sleep(0.01)
    hearing.cancel()
    await asyncio.gather(hearing, return_exceptions=True)
    assert disk.commits <= 4
    await requester.close()
    again = opened(tmp_path, lambda _asked: None)
    assert all(one.settled for one in again.asked.values()), "each refusal is on the disk"
    await again.close()


async def test_a_disk_that_refuses_one_group_refuses_every_decision_in_it_and_takes_the_next(
    tmp_path: Path,
) -> None:
    requester = opened(tmp_path, lambda _asked: None)
    real = requester._file._connection
    real.execute("CREATE TRIGGER full BEFORE INSERT ON asked BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    outcomes = await asyncio.gather(
        *(requester.ask(CITY, UNIT, JOB, "wang") for _ in range(5)), return_exceptions=True
    )
    assert all(isinstance(one, DispatchError) for one in outcomes)
    assert requester.asked == {}
    real.execute("DROP TRIGGER full")
    assert await requester.ask(CITY, UNIT, JOB, "wang") in requester.asked
    await requester.close()
