"""A centre killed in mid-work, again and again, over a real broker: nothing twice, nothing lost.

CZT_CENTRE_KILLS sets how often (10 here; 1,000 before a release).
"""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dispatch.audit.verify import verify
from dispatch.centre.looking import read_orders
from dispatch.domain.geography import Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Job, OrderState
from dispatch.feed.broker import EmbeddedBroker, find_program
from dispatch.feed.mqtt import over_mqtt
from tests.centre.orders_bench import CHANGSHA, CLOCK, UNITS, Desk, Fleet, running, until
from tests.chaos.truth import HARM, Truth

KILLS = int(os.environ.get("CZT_CENTRE_KILLS", "10"))
ROOT = Path(__file__).parents[2]
JOB = Job(
    incident=IncidentId("CS-1124-9001"),
    priority=Priority.URGENT,
    position=Position(lat=28.2, lon=112.9),
    place="五一广场",
)


@asynccontextmanager
async def centre_process(port: int, database: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A centre for the length of a block, at whose end it is killed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.centre.centre_child", str(port), str(database), cwd=ROOT
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGKILL)
        await child.wait()


async def operate(desk: Desk, chance: random.Random) -> None:
    """An operator who never stops: asks for units, calls some back."""
    while True:
        await asyncio.sleep(chance.uniform(0.01, 0.08))
        waiting = desk.open_ones()
        if len(waiting) < 4:
            await desk.requester.ask(CHANGSHA, chance.choice(UNITS), JOB, "op")
        elif chance.random() < 0.2:
            await desk.requester.cancel(chance.choice(waiting).request)


async def one_more_acknowledged(truth: Truth) -> None:
    before = len(truth.acknowledged)
    await until(lambda: len(truth.acknowledged) > before, 30)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["nats", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
async def test_a_killed_centre_sends_nobody_twice_and_forgets_nothing(kind: str, tmp_path: Path) -> None:
    if find_program("mosquitto" if kind == "mosquitto" else "nats") is None:
        pytest.skip(f"{kind} is not installed: it was not tested")
    broker = EmbeddedBroker("mosquitto" if kind == "mosquitto" else "nats", tmp_path / "broker")
    connect = over_mqtt({CHANGSHA: await broker.start()}, CLOCK)
    truth = Truth(dict.fromkeys(UNITS, CHANGSHA), HARM)
    fleet = Fleet(tmp_path, connect, truth)
    desks = [Desk(f"console-{n}", tmp_path, connect, truth) for n in (1, 2)]
    database, chance = tmp_path / "centre.db", random.Random(20261124)
    try:
        async with running(fleet, *desks):
            operating = [asyncio.create_task(operate(desk, chance)) for desk in desks]
            for _kill in range(KILLS):
                async with centre_process(broker.port, database):
                    await one_more_acknowledged(truth)
                    await asyncio.sleep(chance.uniform(0, 0.3))
            for task in operating:
                task.cancel()
            await asyncio.gather(*operating, return_exceptions=True)
            async with centre_process(broker.port, database):
                await until(lambda: not any(desk.open_ones() for desk in desks), 60)
    finally:
        for desk in desks:
            await desk.requester.close()
        await broker.kill()
    asked = [one for desk in desks for one in desk.requester.asked.values()]
    confirmed = {one.request for one in asked if any(step.state is OrderState.ACKED for step in one.steps)}
    stored = {order.request: order for order in read_orders(database, 100_000)}
    assert all(stored[one.request].steps == one.steps for one in asked)
    called_back = {one.request for one in asked if one.cancelled}
    assert confirmed <= truth.acknowledged <= confirmed | called_back
    assert len(confirmed) >= KILLS
    assert not any(one.contradicted for one in asked)
    assert verify(database).ok
    print(f"{kind}: {KILLS} kills, {len(asked)} requests, {len(confirmed)} confirmed, 0 double, 0 ghost")
