"""What is left of a shift: said on the brokers, and kept on the disks of consoles and centres."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from itertools import pairwise

from dispatch.audit.verify import verify
from dispatch.centre.looking import read_aids, read_incidents, read_lines, read_orders
from dispatch.desk.making import AUDIT_FILE
from dispatch.domain.aid import Aid
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.orders import OrderState
from dispatch.domain.units import UnitId
from dispatch.feed.memory import MemorySession, MemoryTransport
from tests.scenarios.three_cities import CLOCK, ThreeCities, Town

_ALL = 1000
A_SECOND = timedelta(seconds=1)
A_WHOLE_ORDER = [OrderState.RESERVED, OrderState.ORDERED, OrderState.ACKED, OrderState.DONE]


@asynccontextmanager
async def everything_said(towns: Iterable[Town]) -> AsyncIterator[bytearray]:
    """Every topic and message on every broker, from now on, one after the other."""
    said = bytearray()

    async def listen(session: MemorySession) -> None:
        async for batch in session.batches():
            for message in batch:
                said.extend(message.topic.encode() + b"\n" + message.payload + b"\n")

    async with AsyncExitStack() as stack:
        for town in towns:
            session = await stack.enter_async_context(
                MemoryTransport(town.broker, "listener", CLOCK).session(None)
            )
            await session.subscribe(["#"])
            stack.callback(asyncio.create_task(listen(session)).cancel)
        yield said


def order_steps(town: Town, unit: UnitId) -> list[OrderState]:
    """What became of the newest order of a unit, as its centre kept it."""
    orders = [order for order in read_orders(town.database, _ALL) if order.unit == unit]
    return [step.state for step in orders[0].steps] if orders else []


def incident_kept(town: Town, number: IncidentId) -> Incident:
    """An incident as its centre kept it."""
    return next(one for one in read_incidents(town.database, _ALL) if one.id == number)


def aids_kept(town: Town, number: IncidentId) -> list[Aid]:
    """The requests for help for an incident as the lender's centre kept them."""
    return [aid for aid in read_aids(town.database, _ALL) if aid.incident == number]


def in_turn(town: Town, number: IncidentId, codes: Sequence[str]) -> None:
    """The timeline of an incident holds these lines in this order; a terminal's clock may lag by a second."""
    lines = read_lines(town.database, number)
    assert [line.code for line in lines if line.code in codes] == list(codes)
    assert all(after.at - before.at > -A_SECOND for before, after in pairwise(lines))


def logs_hold(*consoles: ThreeCities) -> None:
    """`audit verify` finds no fault in the log of any console or centre."""
    logs = [console.folder / AUDIT_FILE for console in consoles]
    logs += [town.database for town in consoles[0].towns.values()]
    for log in logs:
        found = verify(log)
        assert found.ok, f"{log.name}: {found}"
