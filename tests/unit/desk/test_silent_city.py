"""A connection to one city that is silent without an end holds up nothing that is for another city."""

import asyncio
from pathlib import Path
from typing import Any, cast

from dispatch.centre.requester import Requester
from dispatch.clock import SystemClock
from dispatch.desk.errands import Errands
from dispatch.desk.file import DeskFile
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Job
from dispatch.domain.units import UnitId
from dispatch.feed.link import Link
from dispatch.feed.outbox import Outbox
from tests.unit.desk.test_errands import note
from tests.unit.feed.feed_world import CHANGSHA, ZHUZHOU

CLOCK = SystemClock()
AT_ONCE_S = 1.0
JOB = Job(
    incident=IncidentId("CS-1124-1001"),
    priority=Priority.URGENT,
    position=Position(lat=28.2, lon=112.9),
    place="五一广场",
)


class SilentLink:
    """Takes everything and never hears that it was taken."""

    async def publish(self, topic: str, kind: str, data: object, **more: Any) -> None:
        await asyncio.Event().wait()


class QuickLink:
    """Takes everything at once."""

    def __init__(self) -> None:
        self.sent = asyncio.Event()

    async def publish(self, topic: str, kind: str, data: object, **more: Any) -> None:
        self.sent.set()


def links_to(quick: QuickLink) -> dict[CityCode, Link]:
    return {ZHUZHOU: cast("Link", SilentLink()), CHANGSHA: cast("Link", quick)}


async def stopped(running: asyncio.Task[None]) -> None:
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_orders_of_the_own_city_go_out_and_the_operator_does_not_wait(tmp_path: Path) -> None:
    quick = QuickLink()
    requester = Requester.open(
        tmp_path / "requests.db", links_to(quick), home_city=CHANGSHA, node="console-1", clock=CLOCK
    )
    running = asyncio.create_task(requester.run())
    async with asyncio.timeout(AT_ONCE_S):
        for unit in ("ZZ-001", "ZZ-002"):
            await requester.ask(ZHUZHOU, UnitId(unit), JOB, "wang")
        await asyncio.sleep(0.2)
        await requester.ask(CHANGSHA, UnitId("CS-001"), JOB, "wang")
        await quick.sent.wait()
    await stopped(running)
    await requester.close()


async def test_what_is_kept_for_the_own_city_goes_out(tmp_path: Path) -> None:
    quick = QuickLink()
    file = DeskFile.open(tmp_path / "desk.db")
    outbox = Outbox(links_to(quick), home_city=CHANGSHA, node="console-1", clock=CLOCK)
    errands = Errands(file, outbox, CLOCK)
    running = asyncio.create_task(errands.run())
    async with asyncio.timeout(AT_ONCE_S):
        await errands.give(ZHUZHOU, "incident.change", note("ZZ-1124-1001"), subject="ZZ-1124-1001")
        await asyncio.sleep(0.2)
        await errands.give(CHANGSHA, "incident.change", note(), subject="CS-1124-1001")
        await quick.sent.wait()
    await stopped(running)
    await file.close()
